"""The loss-surface theatre as a Streamlit component: paths over a surface, played and scrubbed in the browser alone."""

from __future__ import annotations

import base64
import functools
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import streamlit as st

from app.live.assets import plotly_asset, theatre_asset, theatre_style
from core.surfaces.catalogue import Point
from core.surfaces.grid import Grid


@dataclass(frozen=True)
class Actor:
    """One path: its name, its places (n + 1, 2) and losses (n + 1,), a remark, and why it has no path, if it has none."""

    name: str
    points: np.ndarray
    losses: np.ndarray
    note: str = ""
    refused: str = ""


@dataclass(frozen=True)
class Stage:
    """A surface with the paths over it.

    `names` are the numbers of the steps where they are not 0, 1, 2, ...; `clickable` lets a click choose another start;
    `arithmetic` offers to work out an update; `equal` draws both axes to one scale.
    """

    grid: Grid
    actors: Sequence[Actor]
    start: Point | None = None
    minima: Sequence[Point] = ()
    names: Sequence[int] | None = None
    axes: tuple[str, str] = ("x", "y")
    clickable: bool = False
    arithmetic: bool = False
    equal: bool = True


@functools.cache
def _component() -> Any:
    stub = (
        f"const theatre = import(new URL({theatre_asset().path!r}, location.origin).href);\n"
        "export default async (component) => (await theatre).mount(component);\n"
    )
    return st.components.v2.component(
        "surface_theatre", html='<div class="gc-place"></div>', css=theatre_style(), js=stub, isolate_styles=False
    )


def surface_theatre(stage: Stage, *, key: str) -> Any:
    """Play `stage`; needs the routes of app/server.py.

    Returns:
        An object whose `at` is None, or {"open", "lane", "step", "token"}: the update that the person wants worked out; and
        whose `start` is [x, y] for one script run after a click that chose another start.
    """
    data = document(stage)
    return _component()(
        key=key,
        data={**data, "token": token(data), "plotly": plotly_asset().path},
        on_at_change=lambda: None,
        on_start_change=lambda: None,
    )


def document(stage: Stage) -> dict[str, Any]:
    """The stage as the browser reads it: arrays as base64 of float32."""
    grid = stage.grid
    return {
        "grid": {"x": packed(grid.x), "y": packed(grid.y), "z": packed(grid.z), "lowest": grid.lowest},
        "lanes": [
            {
                "name": one.name,
                "points": packed(one.points),
                "losses": packed(one.losses),
                "note": one.note,
                "refused": one.refused,
            }
            for one in stage.actors
        ],
        "steps": max((len(one.losses) - 1 for one in stage.actors), default=0),
        "start": stage.start,
        "minima": list(stage.minima),
        "names": list(stage.names) if stage.names is not None else None,
        "axes": stage.axes,
        "clickable": stage.clickable,
        "arithmetic": stage.arithmetic,
        "equal": stage.equal,
    }


def token(data: dict[str, Any]) -> str:
    """What changes whenever the stage does."""
    return hashlib.sha256(json.dumps(data).encode()).hexdigest()[:16]


def packed(values: np.ndarray) -> str:
    """An array as base64 of its float32 numbers, row by row; what float32 can't hold is infinite."""
    with np.errstate(over="ignore"):
        return base64.b64encode(np.ascontiguousarray(values, dtype="<f4").tobytes()).decode()
