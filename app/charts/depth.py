"""Signal and gradient over the depth of a network, before it is trained."""

from __future__ import annotations

from collections.abc import Sequence

import plotly.graph_objects as go

from app.charts.figures import frame


def depth_figure(layers: Sequence[str], signal: Sequence[float], gradient: Sequence[float]) -> go.Figure:
    """Two lines over the layers, log scale: spread of the activations, rms of the gradient at the pre-activations."""
    figure = go.Figure()
    for name, values in (("activations (std)", signal), ("gradient at pre-activations (rms)", gradient)):
        shown = [value if value and value > 0 else None for value in values]
        figure.add_scatter(
            x=list(layers), y=shown, name=name, mode="lines+markers", hovertemplate="%{y:.2g}<extra>%{x}</extra>"
        )
    figure.update_yaxes(type="log", exponentformat="power", nticks=5)
    figure.update_xaxes(nticks=8)
    return frame(figure, "input → output", "", 210, legend=True)
