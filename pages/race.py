"""Race: lanes side by side, put together here or watched live."""

from app.views.race.page import page

page()
