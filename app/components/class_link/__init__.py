"""The tie between a page and its class, as a Streamlit component without a look of its own."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any

import streamlit as st

from app.live.assets import base_path

SCRIPTS = ("figures.js", "class_link.js")
FOLDER = Path(__file__).parent


@functools.cache
def _component() -> Any:
    script = "".join((FOLDER / name).read_text() for name in SCRIPTS)
    return st.components.v2.component("class_link", html="<span></span>", js=script, isolate_styles=False)


def class_link(known: str, *, place: str, leads: bool, follows: bool, points: bool = False) -> None:
    """Tie this page to the class: it is drawn anew when there is news other than `known`.

    `place` names what is on the page, `leads` says that the view of its charts goes to the others, `follows` that theirs
    is taken over, `points` that the mouse shows on all screens what it is at.
    """
    _component()(
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
