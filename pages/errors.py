"""What a trained model gets wrong."""

from app.views.errors import page

page.page()
