"""Run: one run, live."""

from app.views.run import page

page()
