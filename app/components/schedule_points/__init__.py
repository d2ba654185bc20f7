"""The points of a custom schedule as a curve with handles to drag: a Streamlit component without Plotly."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any, cast

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


def schedule_points(points: str, between: str, *, key: str) -> str | None:
    """Draw the points (as core.optim.schedules.points reads them); returns them anew for one script run after a change."""
    found = _component()(key=key, data={"points": points, "between": between}, on_points_change=lambda: None)
    return cast("str | None", found.points)
