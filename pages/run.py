"""Run: one run, live."""

from app.views.run.page import page

page()
