"""The scales of colour that figures share; they lie above the plot, so that a phone keeps its width for the plot."""

from __future__ import annotations

from typing import Any

from app.charts.explain.colours import CLEAR, DIVERGING, DOWN, GRID, LOW_TO_HIGH, UP
from app.charts.explain.labels import number

ABOVE = 56  # pixels that a scale takes


def lying(ticks: dict[float, str]) -> dict[str, Any]:
    """A horizontal scale at the top edge, `ticks` naming places on it."""
    return {
        "orientation": "h", "len": 0.8, "thickness": 8, "x": 0.5, "yref": "container", "y": 1.0, "yanchor": "top",
        "ypad": 2, "outlinewidth": 1, "outlinecolor": GRID, "bgcolor": CLEAR, "tickvals": list(ticks),
        "ticktext": list(ticks.values()), "ticks": "",
    }  # fmt: skip


def signed_axis(limit: float) -> dict[str, Any]:
    """A colour axis symmetric around 0: orange raises, blue lowers, 0 is the page; its ends are written out."""
    ends = {-limit: f"{DOWN}<br>{number(-limit)}", limit: f"{UP}<br>{number(limit, signed=True)}"}
    return {"colorscale": DIVERGING, "cmin": -limit, "cmax": limit, "colorbar": lying(ends)}


def value_marker(low: str, high: str) -> dict[str, Any]:
    """The part of a marker that colours numbers from 0 to 1, with the words for the scale's ends."""
    return {"colorscale": LOW_TO_HIGH, "cmin": 0, "cmax": 1, "colorbar": lying({0.0: low, 1.0: high})}
