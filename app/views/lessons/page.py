"""The Lessons page: the path, or the lesson that the address names."""

from __future__ import annotations

import streamlit as st

from app import state
from app.views.lessons import path, steps
from app.words import plain
from core.lessons.catalogue import PATH, lesson


def page() -> None:
    """Draw the lesson of the address, or all of them."""
    asked = state.query("lesson")
    if not asked:
        path.page()
        return
    if asked not in PATH:
        st.title("No such lesson", anchor=False)
        st.info(
            f"There is no lesson **{plain(asked[:60])}**. The link may come from another version.",
            icon=":material/search_off:",
        )
        path.to_all("lesson.all")
        return
    steps.page(lesson(asked))
