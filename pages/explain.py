"""What a trained model's predictions rest on."""

from app.views.explain.page import page

page()
