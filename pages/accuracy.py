"""How good is it: the measured accuracy of the diagnosis."""

from app.views.accuracy import page

page()
