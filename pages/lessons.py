"""Lessons: a guided path of questions, predictions and experiments."""

from app.views.lessons.page import page

page()
