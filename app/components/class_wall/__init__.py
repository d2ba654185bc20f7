"""The wall of a class: one small picture for each student, as a Streamlit component; a click opens the run."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import streamlit as st

HERE = Path(__file__).parent


@functools.cache
def _component() -> Any:
    return st.components.v2.component(
        "class_wall",
        html='<ul class="gc-wall"></ul>',
        css=(HERE / "style.css").read_text(),
        js=(HERE / "wall.js").read_text(),
        isolate_styles=False,
    )


def class_wall(tiles: Sequence[dict[str, Any]], *, key: str) -> str:
    """Draw `tiles` (app.charts.wall.tile makes one); returns the id of the run that was clicked just now, else nothing."""
    found = _component()(key=key, data={"tiles": list(tiles)}, on_opened_change=lambda: None)
    return str(getattr(found, "opened", None) or "")
