"""Loss surfaces: optimizers on hills and valleys, step by step."""

from app.views.surfaces.page import page

page()
