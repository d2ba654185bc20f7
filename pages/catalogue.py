"""Catalogue: everything a recipe can name, explained."""

from app.views.reference import page

page()
