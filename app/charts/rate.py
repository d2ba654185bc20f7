"""The learning-rate range test: the loss while the learning rate rises."""

from __future__ import annotations

import math

import plotly.graph_objects as go

from app.charts.figures import frame
from app.theme import SERIES
from core.optim.rate_range import RangeTest

FAINT = "#8a949e"


def rate_figure(found: RangeTest) -> go.Figure:
    """The batches of every seed, faint; their smoothed mean; the suggestion and the divergence as lines."""
    figure = go.Figure()
    top = 1.3 * max(found.smoothed, default=1.0)
    for losses in found.losses:
        shown = [None if loss is None or loss > top else loss for loss in losses]
        figure.add_scatter(
            x=found.lrs, y=shown, mode="lines", line={"width": 1, "color": FAINT}, opacity=0.4, hoverinfo="skip"
        )
    figure.add_scatter(
        x=found.lrs[: len(found.smoothed)], y=found.smoothed, mode="lines", line={"width": 2.5, "color": SERIES[0]},
        hovertemplate="learning rate %{x:.2g}: %{y:.3g}<extra></extra>",
    )  # fmt: skip
    for lr, text, colour in ((found.suggestion, "suggested", SERIES[1]), (found.edge, "diverges", FAINT)):
        if lr is not None:
            side = "top right" if lr < found.lrs[len(found.lrs) // 2] else "top left"
            figure.add_scatter(
                x=[lr, lr], y=[0, top], mode="lines+text", text=["", text], textposition=side,
                line={"width": 1.5, "dash": "dot", "color": colour}, hovertemplate=f"{text}: {lr:.2g}<extra></extra>",
            )  # fmt: skip
    ends = [math.log10(found.lrs[0]), math.log10(found.lrs[-1])]
    figure.update_xaxes(type="log", range=ends, exponentformat="power", dtick=1)
    figure.update_yaxes(range=[min(0.0, *found.smoothed), 1.12 * top])
    return frame(figure, "learning rate", "loss", 210)
