"""Class: one teacher, many students."""

from app.views.classroom.page import page

page()
