"""The leaderboard of a class on a student's page, as a Streamlit component: what comes on the class's stream is drawn at once."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any

import streamlit as st

HERE = Path(__file__).parent


@functools.cache
def _component() -> Any:
    return st.components.v2.component(
        "class_board",
        html='<table class="gc-board"></table>',
        css=(HERE / "style.css").read_text(),
        js=(HERE / "board.js").read_text(),
        isolate_styles=False,
    )


def class_board(board: dict[str, Any], own: str, *, key: str) -> None:
    """Draw a `board` (app.classroom.board makes one) with the line of the nickname `own` marked; newer ones take its place."""
    _component()(key=key, data={"board": board, "own": own})
