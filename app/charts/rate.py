"""The learning-rate range test: the loss while the learning rate rises."""

from __future__ import annotations

import plotly.graph_objects as go

from app.charts.figures import frame
from core.optim.rate_range import RangeTest


def rate_figure(found: RangeTest) -> go.Figure:
    """The batches of every seed, faint; their smoothed mean; the suggestion and the divergence as lines."""
    figure = go.Figure()
    top = max(found.smoothed, default=1.0)
    for losses in found.losses:
        shown = [None if loss is None or loss > 1.3 * top else loss for loss in losses]
        figure.add_scatter(
            x=found.lrs, y=shown, mode="lines", line={"width": 1}, opacity=0.25, hoverinfo="skip", showlegend=False
        )
    figure.update_traces(line_color="#8a949e")
    figure.add_scatter(
        x=found.lrs[: len(found.smoothed)], y=found.smoothed, mode="lines", line={"width": 2.5}, name="smoothed",
        hovertemplate="lr %{x:.2g}: %{y:.3g}<extra></extra>",
    )  # fmt: skip
    for lr, text, dash in ((found.suggestion, "suggested", "solid"), (found.edge, "diverges", "dot")):
        if lr is not None:
            figure.add_vline(lr, line={"width": 1.5, "dash": dash}, annotation={"text": text, "font": {"size": 11}})
    figure.update_xaxes(type="log", exponentformat="power", dtick=1)
    return frame(figure, "learning rate", "loss", 210)
