"""The tie between a page and its class, as a Streamlit component without a look of its own."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import streamlit as st

from app.live.assets import base_path

SCRIPT = Path(__file__).with_name("class_link.js")


@functools.cache
def _component() -> Any:
    return st.components.v2.component("class_link", html="<span></span>", js=SCRIPT.read_text(), isolate_styles=False)


@st.fragment
def class_link(
    known: str, newest: Callable[[], str], *, place: str, leads: bool, follows: bool, points: bool = False
) -> None:
    """Tie this page to the class: it is drawn anew once the news are other than `known`, with which it was drawn.

    As a fragment: what a component says draws the page anew at once, and breaks off the drawing under way with all that was
    just pressed on it; what one in a fragment says waits until that is through.

    `place` names what is on the page, `leads` says that the view of its charts goes to the others, `follows` that theirs
    is taken over, `points` that the mouse shows on all screens what it is at.
    """
    told = _component()(
        key="class_link",
        data={
            "address": f"{base_path()}/api/class",
            "known": known,
            "place": place,
            "leads": leads,
            "follows": follows,
            "points": points,
        },
        on_news_change=lambda: None,
        height=1,
    )
    if getattr(told, "news", None) and newest() != known:  # never while the page is drawn: it has the newest then
        st.rerun()
