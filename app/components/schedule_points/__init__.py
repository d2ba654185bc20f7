"""The points of a custom schedule as a curve with handles to drag: a Streamlit component without Plotly."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import streamlit as st

HERE = Path(__file__).parent


@functools.cache
def _component() -> Any:
    return st.components.v2.component(
        "schedule_points",
        html='<div class="gc-points"></div>',
        css=(HERE / "style.css").read_text(),
        js=(HERE / "points.js").read_text(),
        isolate_styles=False,
    )


def schedule_points(points: str, between: str, *, key: str, on_change: Callable[[str], None]) -> None:
    """Draw the points (as core.optim.schedules.points reads them).

    `on_change` gets them anew before the script run that follows a change, so that this run draws them as they are now.
    """

    def changed() -> None:
        if moved := st.session_state[key].points:
            on_change(moved)

    _component()(key=key, data={"points": points, "between": between}, on_points_change=changed)
