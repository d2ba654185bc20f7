"""One sample's explanation: waterfall and plain bars of its pushes, strongest first."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from app.charts.explain.colours import QUIET, of_sign
from app.charts.explain.labels import (
    counted,
    cut,
    framed,
    full,
    missing,
    named_rows,
    number,
    plain,
    row_height,
    wrapped,
)
from app.charts.explain.ordering import Rows, strongest

ROW, AROUND, NUMBERS = 40, 44, 58
TOLD_GAP = 0.005


def waterfall(
    values: np.ndarray,
    base: float,
    output: float,
    names: Sequence[str],
    shown: Sequence[str],
    unit: str,
    most: int = 10,
) -> go.Figure:
    """How one sample's features carry the output from the base value (bottom) to what the model says (top).

    A reader can conclude which features moved this output most, which way, and by how much in the output's own unit; not
    what would happen if a feature changed. Rows stand as in shap's waterfall: largest push on top, bars chained from base +
    sum down to base, all but `most` - 1 features in the last row. What the attributions leave unexplained of the output
    (more than 0.5 % of its way from the base) has a grey row of its own. values (f,) in `unit`; shown (f,) the features'
    values as text, "" where there is none.
    """
    rows = strongest(np.abs(values), most)
    pushes = rows.gather(values)
    ends = base + pushes.sum() - np.concatenate([[0.0], np.cumsum(pushes)])
    starts, labels, hovers = ends[1:], *_texts(rows, names, shown)
    gap = output - float(ends[0])
    colours = of_sign(pushes)
    if abs(gap) > TOLD_GAP * max(abs(output - base), 1e-12):
        pushes, starts = np.concatenate([[gap], pushes]), np.concatenate([[ends[0]], starts])
        labels, hovers, colours = ["not explained", *labels], ["left unexplained", *hovers], [QUIET, *colours]
    figure = go.Figure()
    places = np.arange(len(labels) - 1, -1, -1)
    _bars(figure, starts, pushes, hovers, colours)
    joins = [(starts[i], places[i]) for i in range(len(places) - 1)]
    figure.add_scatter(
        x=[x for loc, _ in joins for x in (loc, loc, None)],
        y=[y for _, place in joins for y in (place + 0.35, place - 1.35, None)],
        mode="lines",
        line={"width": 1, "dash": "dot", "color": QUIET},
        hoverinfo="skip",
        showlegend=False,
    )
    named_rows(figure, labels, top=1.0, bottom=1.05)
    span = _room(figure, np.concatenate([starts, starts + pushes, [base, output]]))
    for x, word, y in ((output, "output", len(labels) - 0.3), (base, "base", -0.78)):
        right = x < (span[0] + span[1]) / 2
        figure.add_shape(
            type="line", x0=x, x1=x, y0=-0.6, y1=len(labels) - 0.45, layer="below", line={"width": 1, "color": QUIET}
        )
        figure.add_annotation(
            x=x, y=y, text=f"{word} {number(x)}", showarrow=False, xanchor="left" if right else "right"
        )
    title = f"{unit}: orange raises it, blue lowers it (1 sample{missing(values)})"
    return _framed(figure, title, row_height(labels, ROW) * len(labels) + AROUND)


def push_bars(values: np.ndarray, names: Sequence[str], shown: Sequence[str], unit: str, most: int = 10) -> go.Figure:
    """One sample's attributions as bars from 0, strongest first, for methods without a base value such as gradients.

    A reader can conclude the ranking and the sign; the bars need not add up to anything. Arguments as in `waterfall`.
    """
    rows = strongest(np.abs(values), most)
    pushes = rows.gather(values)
    labels, hovers = _texts(rows, names, shown)
    figure = go.Figure()
    _bars(figure, np.zeros(len(labels)), pushes, hovers, of_sign(pushes))
    named_rows(figure, labels)
    _room(figure, np.concatenate([pushes, [0.0]]))
    figure.add_vline(x=0, line={"width": 1, "color": QUIET})
    title = f"attribution ({unit}): orange raises it, blue lowers it (1 sample{missing(values)})"
    return _framed(figure, title, row_height(labels, ROW) * len(labels))


def _texts(rows: Rows, names: Sequence[str], shown: Sequence[str]) -> tuple[list[str], list[str]]:
    """The rows' labels and their hover texts."""
    labels = [wrapped(names[i]) + (f"<br>= {plain(cut(shown[i], 14))}" if shown[i] else "") for i in rows.order]
    hovers = [full(f"{names[i]} = {shown[i]}" if shown[i] else names[i]) for i in rows.order]
    if len(rows.rest):
        labels.append(wrapped(counted(len(rows.rest), "other feature")))
        hovers.append(f"the sum of {counted(len(rows.rest), 'other feature')}")
    return labels, hovers


def _bars(figure: go.Figure, starts: np.ndarray, pushes: np.ndarray, hovers: list[str], colours: list[str]) -> None:
    """Horizontal bars from `starts`, the first on top, and their signed lengths in a column at the right edge."""
    places = np.arange(len(pushes) - 1, -1, -1)
    said = [number(push, signed=True) for push in pushes]
    figure.add_bar(
        x=pushes,
        base=starts,
        y=places,
        orientation="h",
        width=0.62,
        marker={"color": colours, "line": {"width": 0}},
        customdata=[[hover, text] for hover, text in zip(hovers, said, strict=True)],
        hovertemplate="%{customdata[0]}<br>%{customdata[1]}<extra></extra>",
        showlegend=False,
    )
    for place, text in zip(places, said, strict=True):
        figure.add_annotation(
            x=1, xref="paper", xanchor="left", xshift=4, y=place, text=text, showarrow=False, align="left"
        )


def _room(figure: go.Figure, points: np.ndarray) -> tuple[float, float]:
    """Set the range of x a little wider than the points, and return it."""
    low, high = float(points.min()), float(points.max())
    pad = 0.03 * (high - low) or 0.2 * max(abs(high), 1.0)
    figure.update_xaxes(range=[low - pad, high + pad], nticks=5, tickangle=0)
    return low - pad, high + pad


def _framed(figure: go.Figure, title: str, height: int) -> go.Figure:
    """The frame, with room for the column of numbers."""
    return framed(figure, title, "", height).update_layout(margin_r=NUMBERS)
