"""Compare: several runs in one chart."""

from app.views.compare import page

page()
