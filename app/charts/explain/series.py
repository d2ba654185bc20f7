"""Attributions along a time series: each channel's line over a ground coloured step by step."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from app.charts.explain.colours import QUIET, limit_of
from app.charts.explain.labels import framed, missing, number, wrapped
from app.charts.explain.ordering import finite
from app.charts.explain.scales import ABOVE, signed_axis

CHANNELS = 6
PANEL, STRIP, FAINT = 130, 0.16, 0.3


def series_shading(
    series: np.ndarray, values: np.ndarray, channels: Sequence[str], unit: str, *, time: str = "time step"
) -> go.Figure:
    """The line of each channel; behind it, faint, and in the strip below, full, what each time step did to the output.

    A reader can conclude when, and in which channel, the model found its reasons: a colour under a peak says that the
    peak counted, colours under a flat stretch are worth a doubt. One cell a time step, nothing is smoothed. series,
    values (t, c), the series in the units of the data; of more than CHANNELS those with the largest mean |value| are
    drawn, in the order of the data, and the title says so.
    """
    known = finite(values)
    steps, count = known.shape
    drawn = np.sort(np.argsort(-np.abs(known).mean(axis=0), kind="stable")[:CHANNELS])
    figure = make_subplots(len(drawn), 1, shared_xaxes=True, vertical_spacing=min(0.05, 0.5 / len(drawn)))
    for row, channel in enumerate(drawn, start=1):
        line = np.asarray(series[:, channel], np.float64)
        drawable = line[np.isfinite(line)]
        low, high = (float(drawable.min()), float(drawable.max())) if len(drawable) else (0.0, 1.0)
        span = (high - low) or max(abs(high), 1.0)
        top, line_foot = high + 0.1 * span, low - 0.1 * span
        foot = line_foot - STRIP * (top - line_foot)
        for edges, opacity in (((foot, line_foot), 1.0), ((line_foot, top), FAINT)):
            figure.add_heatmap(
                z=known[None, :, channel].astype(np.float32),
                x0=0,
                dx=1,
                y=list(edges),
                coloraxis="coloraxis",
                opacity=opacity,
                hovertemplate="step %{x}: %{z:+.3g}<extra></extra>",
                row=row,
                col=1,
            )
        figure.add_scatter(
            y=line,
            mode="lines" if steps > 1 else "markers",
            line={"color": QUIET, "width": 2},
            hovertemplate="step %{x}: %{y:.4g}<extra></extra>",
            showlegend=False,
            row=row,
            col=1,
        )
        figure.update_yaxes(range=[foot, top], row=row, col=1)
    left = f"; {len(drawn)} of {count} channels, the strongest" if len(drawn) < count else ""
    title = f"{time} (1 sample, {steps:,} steps{left}); colour: attribution ({unit}), largest {number(limit_of(known))}"
    framed(figure, title + missing(values), "", PANEL * len(drawn), top=ABOVE)
    figure.update_xaxes(showgrid=False, range=[-0.5, steps - 0.5])
    figure.update_yaxes(showgrid=False, nticks=4)
    for row, channel in enumerate(drawn, start=1):
        figure.update_yaxes(title={"text": wrapped(channels[channel], 16, 2), "standoff": 4}, row=row, col=1)
    return figure.update_layout(coloraxis=signed_axis(limit_of(known)))
