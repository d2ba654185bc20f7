"""Claims: the field's folklore, put to the test."""

from app.views.claims import page

page()
