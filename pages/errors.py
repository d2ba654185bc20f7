"""What a trained model gets wrong."""

from app.views.errors.page import page

page()
