"""The page "Signals": what initial weights and activations do to signal and gradient before any training."""

from __future__ import annotations

import streamlit as st

from app import failures, state
from app.views.signals import activations, depth


def page() -> None:
    """Draw the page."""
    st.title("Signals")
    st.caption(
        "Before the first step a network only passes numbers on: the signal forward, the gradient back. Whether both keep "
        "their size decides if a deep network can learn at all."
    )
    wanted = "Activations" if state.query("view") == "activations" else "Over depth"
    over_depth, of_activations = st.tabs(
        ["Over depth", "Activations"], default=wanted, key="signals_tabs", on_change="rerun"
    )
    if over_depth.open:
        with over_depth, failures.guard():
            depth.view()
    if of_activations.open:
        with of_activations, failures.guard():
            activations.view()
