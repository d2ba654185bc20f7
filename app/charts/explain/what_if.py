"""Charts of a changed sample: the model's answers before and after, and over the range of one column."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from app.charts.explain.colours import QUIET
from app.charts.explain.labels import counted, framed, full, wrapped
from app.theme import SERIES, TRAINING, VALIDATION

MOST_CLASSES = 8
MOST_TICKS = 400


def outputs_figure(names: Sequence[str], real: np.ndarray, changed: np.ndarray, unit: str) -> go.Figure:
    """The model's answers (outputs,) to the real and to the changed sample, one pair of bars an output.

    A reader can conclude whether the change moved the answer, and to where. Of many classes the largest are drawn.
    """
    kept = np.sort(np.argsort(-np.maximum(real, changed), kind="stable")[:MOST_CLASSES])
    figure = go.Figure()
    for label, values, colour, pattern in (("real", real, TRAINING, ""), ("changed", changed, VALIDATION, "/")):
        figure.add_bar(
            y=list(range(len(kept))), x=values[kept], orientation="h", name=label,
            marker={"color": colour, "pattern": {"shape": pattern}, "line": {"width": 0}},
            text=[f"{value:.0%}" if unit == "probability" else f"{value:.4g}" for value in values[kept]],
            textposition="outside", cliponaxis=False, hovertext=[full(names[one]) for one in kept],
            hovertemplate="%{hovertext}: %{x:.4g}<extra></extra>",
        )  # fmt: skip
    left_out = len(names) - len(kept)
    said = f"{unit}; {counted(left_out, 'smaller output')} not drawn" if left_out else unit
    framed(figure, said, "", 90 + 46 * len(kept), legend=True)
    figure.update_layout(barmode="group", bargap=0.25)
    labels = [wrapped(names[one]) for one in kept]
    figure.update_yaxes(tickvals=list(range(len(kept))), ticktext=labels, autorange="reversed")
    if unit == "probability":
        figure.update_xaxes(range=[0, 1.12], tickformat=".0%")
    return figure


def response_figure(
    grid: np.ndarray, curves: np.ndarray, names: Sequence[str], column: str, here: float, rows: np.ndarray, unit: str
) -> go.Figure:
    """The model's answer (points, outputs) while one column goes through `grid` (points,), the others held.

    A reader can conclude how this sample's answer hangs on the column, and where the data gave it nothing to learn from:
    ticks below mark the values of `rows`. The individual conditional expectation of Goldstein et al. 2015.
    """
    figure = go.Figure()
    kept = np.argsort(-curves.max(axis=0), kind="stable")[:MOST_CLASSES]
    for place, one in enumerate(np.sort(kept)):
        figure.add_scatter(
            x=grid, y=curves[:, one], mode="lines", name=wrapped(names[one]),
            line={"width": 2, "color": SERIES[place % len(SERIES)]},
            hovertemplate=f"{wrapped(names[one])}: %{{y:.3g}} at %{{x:.4g}}<extra></extra>",
        )  # fmt: skip
    low, high = (0.0, 1.0) if unit == "probability" else (float(curves.min()), float(curves.max()))
    room = (high - low or 1.0) * 0.08
    ticks = rows if len(rows) <= MOST_TICKS else np.quantile(rows, np.linspace(0, 1, MOST_TICKS))
    figure.add_scatter(
        x=ticks, y=np.full(len(ticks), low - room), mode="markers", showlegend=False, hoverinfo="skip",
        marker={"symbol": "line-ns-open", "size": 8, "color": QUIET, "opacity": 0.5},
    )  # fmt: skip
    figure.add_vline(x=here, line={"dash": "dot", "width": 1.5, "color": QUIET})
    framed(figure, f"{column} (dotted: the changed sample; n = 1)", unit, 320, legend=curves.shape[1] > 1)
    return figure.update_yaxes(range=[low - 2 * room, high + room])


def series_figure(series: np.ndarray, channel: str) -> go.Figure:
    """The real and the changed series (2, time) of a channel, the changed one over the real one."""
    figure = go.Figure()
    for values, name, colour, width in ((series[0], "real", TRAINING, 2.5), (series[1], "changed", VALIDATION, 1.5)):
        figure.add_scatter(y=values, mode="lines", name=name, line={"width": width, "color": colour})
    return framed(figure, "time step", channel, 240, legend=True)
