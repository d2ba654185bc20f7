"""Effects of claims as dots with intervals, and what an arm's seeds came to."""

from __future__ import annotations

import functools
import math
import textwrap
from collections.abc import Sequence
from typing import NamedTuple

import plotly.graph_objects as go

from app.charts.figures import frame
from app.theme import TRAINING, VALIDATION

QUIET = "#8a949e"
# A colour and a shape for each verdict, so that none rests on the colour alone.
MARKS = {"held": (TRAINING, "circle"), "did not hold": (VALIDATION, "x"), "not separable": (QUIET, "circle-open")}
LABEL_WIDTH = 24
WIDEST = 2.0


class Row(NamedTuple):
    """One effect as drawn: `size` with its bounds, positive as claimed; `claimed` is the size claimed, or None."""

    label: str
    size: float
    low: float
    high: float
    verdict: str
    claimed: float | None
    hover: str


@functools.lru_cache(maxsize=16)
def effects_figure(rows: tuple[Row, ...], unit: str) -> go.Figure:
    """One row an effect: the dot is what was measured, the bar its 95 % interval, the diamond what was claimed.

    A reader can conclude which claims are borne out: those whose bar lies right of 0. A bar across 0 may be chance. Bars
    that would squeeze all others are cut at the edge of the figure. It is kept, since all visitors see the same: do not change it.
    """
    figure = go.Figure()
    left, right = _ends(rows)
    figure.add_vline(x=0, line={"color": QUIET, "width": 1})
    names = [_wrapped(row.label) for row in rows]
    for verdict, (colour, shape) in MARKS.items():
        shown = [(name, row) for name, row in zip(names, rows, strict=True) if row.verdict == verdict]
        if not shown:
            continue
        figure.add_scatter(
            x=[row.size for _, row in shown], y=[name for name, _ in shown], mode="markers", name=verdict,
            marker={"color": colour, "symbol": shape, "size": 11, "line": {"color": colour, "width": 2}},
            error_x={"type": "data", "symmetric": False, "color": colour, "thickness": 2, "width": 4,
                     "array": [row.high - row.size for _, row in shown],
                     "arrayminus": [row.size - row.low for _, row in shown]},
            customdata=[_wrapped(row.hover, 60) for _, row in shown],
            hovertemplate="%{customdata}<extra></extra>",
        )  # fmt: skip
    told = [(name, row) for name, row in zip(names, rows, strict=True) if row.claimed is not None]
    if told:
        figure.add_scatter(
            x=[row.claimed for _, row in told], y=[name for name, _ in told], mode="markers", name="claimed size",
            marker={"color": "#7c7fd6", "symbol": "diamond-tall", "size": 11}, hovertemplate="claimed: %{x:.3g}<extra></extra>",
        )  # fmt: skip
    lines = max(name.count("<br>") + 1 for name in names)
    framed = frame(figure, unit, "", 130 + (12 + 16 * lines) * len(rows), legend=True)
    framed.update_yaxes(categoryorder="array", categoryarray=names[::-1], range=[-0.6, len(rows) - 0.4])
    framed.update_xaxes(range=[left, right], zeroline=False)
    return framed.update_layout(hovermode="closest")


def _ends(rows: Sequence[Row]) -> tuple[float, float]:
    """The ends of the axis: all dots and claims, and of the bars as much as is no wider than twice the largest of these."""
    points = [value for row in rows for value in (row.size, row.claimed) if value is not None]
    most = WIDEST * max([abs(value) for value in points], default=1.0)
    bounds = [value for row in rows for value in (row.low, row.high) if math.isfinite(value)]
    kept = [0.0, *points, *(min(max(value, -most), most) for value in bounds)]
    margin = 0.06 * (max(kept) - min(kept)) or 1.0
    return min(kept) - margin, max(kept) + margin


def _wrapped(text: str, width: int = LABEL_WIDTH) -> str:
    return "<br>".join(textwrap.wrap(text, width))
