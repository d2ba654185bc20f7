"""Signal and gradient over depth for several initialisations, and activations with their slopes."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from app.charts.figures import frame
from app.theme import SERIES
from core.models.parts.curves import ACTIVATION_CURVES
from core.probes.over_depth import FAR, relative
from core.runtime.inspected import Depth

MARKED = "rgba(214, 69, 69, 0.10)"
LEAST_DECADES = 3.0
SPAN = 5.0
DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot")
SYMBOLS = ("circle", "square", "diamond", "cross", "x", "triangle-up")


def depth_comparison(networks: Mapping[str, Depth]) -> go.Figure:
    """Above, the spread of the activations against the first hidden layer's; below, the rms of the gradient at the
    pre-activations against the last hidden layer's, from which it comes. A line that stays near 1 keeps its scale;
    in the shaded parts a network can hardly be trained. `networks` names each line; of its layers the last is the output.
    """
    figure = make_subplots(
        rows=2, cols=1, shared_xaxes=True, vertical_spacing=0.13,
        subplot_titles=("Signal: spread of the activations, first layer = 1", "Gradient before the activations, last layer = 1"),
    )  # fmt: skip
    most = LEAST_DECADES
    for number, (name, network) in enumerate(networks.items()):
        for row, values, start in ((1, network.signal[:-1], 0), (2, network.gradient[:-1], -1)):
            shown = relative(values, start)
            sizes = [abs(np.log10(value)) for value in shown if value]
            most = max([most, *sizes])
            figure.add_scatter(
                x=list(range(1, len(shown) + 1)), y=shown, name=name, legendgroup=name, showlegend=row == 1,
                mode="lines+markers", row=row, col=1,
                line={"color": SERIES[number % len(SERIES)], "dash": DASHES[number % len(DASHES)]},
                marker={"size": 5, "symbol": SYMBOLS[number % len(SYMBOLS)]},
                hovertemplate="%{y:.2g}",
            )  # fmt: skip
    top = 10 ** (most + 0.5)
    for row in (1, 2):
        for low, high, word in ((1 / top, 1 / FAR, "vanishing"), (FAR, top, "exploding")):
            figure.add_hrect(y0=low, y1=high, fillcolor=MARKED, line_width=0, layer="below", row=row, col=1)
            figure.add_annotation(
                x=1, xref="x domain", xanchor="right", y=np.log10(high if word == "exploding" else low),
                yanchor="top" if word == "exploding" else "bottom", text=word, showarrow=False, opacity=0.7, row=row, col=1,
            )  # fmt: skip
    frame(figure, "", "", 560, legend=True)
    figure.update_layout(margin={"t": 24}, legend={"y": 1.07})
    figure.for_each_annotation(
        lambda title: title.update(x=0, xanchor="left", font_size=None), {"yanchor": "bottom", "xref": "paper"}
    )
    figure.update_yaxes(type="log", exponentformat="power", nticks=5, range=[-most - 0.5, most + 0.5])
    figure.update_xaxes(title={"text": "hidden layer, input → output", "standoff": 6}, row=2, col=1)
    return figure


def activation_curves(labels: Mapping[str, str]) -> go.Figure:
    """Left f(z), right its slope f'(z), for z from -5 to 5; `labels` is key -> name of each line."""
    figure = make_subplots(rows=1, cols=2, horizontal_spacing=0.1, subplot_titles=("f(z)", "its slope f′(z)"))
    z = np.linspace(-SPAN, SPAN, 1001)
    for number, (key, label) in enumerate(labels.items()):
        for column, values in enumerate(ACTIVATION_CURVES[key](z), start=1):
            figure.add_scatter(
                x=z, y=_broken(values) if column == 2 else values, name=label, legendgroup=key, showlegend=column == 1,
                mode="lines", row=1, col=column, hovertemplate="%{y:.3f}",
                line={"color": SERIES[number % len(SERIES)], "dash": DASHES[number % len(DASHES)], "width": 2.5},
            )  # fmt: skip
    frame(figure, "z", "", 340, legend=True)
    figure.update_layout(margin={"t": 24}, legend={"y": 1.12})
    return figure


def _broken(values: np.ndarray) -> np.ndarray:
    """The values with a gap wherever they jump, so that no line is drawn where there is none."""
    broken = values.astype(float)
    jumps = np.flatnonzero(np.abs(np.diff(broken)) > 0.1)
    broken[jumps] = np.nan
    return broken
