"""The points of a custom schedule, drawn above their text: what is dragged goes into the form."""

from __future__ import annotations

import streamlit as st

from app.components.schedule_points import schedule_points
from app.forms import draft as drafts
from app.forms.draft import Draft
from core.optim.schedules.points import check_points


def drawn_points(draft: Draft, version: int | str) -> None:
    """Draw the points of the custom schedule that `draft` has chosen; to be called before its inputs are drawn."""
    place = f"form{version}.schedule.custom"
    now = drafts.params(draft, "schedule")
    text = st.session_state.get(f"{place}.points", now["points"])
    between = st.session_state.get(f"{place}.between", now["between"])
    try:
        points = check_points(str(text))
    except ValueError:
        st.caption(":material/edit: The points below can't be read, so there is nothing to drag.")
        return

    def take_over(moved: str) -> None:
        drafts.set_param(draft, "schedule", "points", moved)
        st.session_state[f"{place}.points"] = moved

    st.caption("Drag the points; click the line for a new one, press Delete to remove one. Arrow keys move, too.")
    schedule_points(points, str(between), key=f"{place}.drawn", on_change=take_over)
