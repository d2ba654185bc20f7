"""Home: a first run in one click."""

from app.views import home

home.hero()
home.recent()
home.gallery()
