"""Signals: what initial weights and activations do before training."""

from app.views.signals.page import page

page()
