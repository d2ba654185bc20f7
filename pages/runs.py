"""All runs: find, rename, tag, delete, overlay."""

from app.views.runs import page

page()
