"""Is the ranking better than chance? Deletion and insertion curves against the band of random orders."""

from __future__ import annotations

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from app.charts.explain.colours import QUIET, faded
from app.charts.explain.labels import counted, framed
from app.theme import TRAINING
from core.explain.trust.curves import Curves


def deletion_insertion(curves: Curves, score: str = "probability of the explained class") -> go.Figure:
    """The mean score while features are deleted, or inserted, in the order of their attributions; grey: random orders.

    A reader can conclude whether the ranking finds what the model uses. On the left the line should fall below the band:
    without the features ranked first the score drops sooner than at random. On the right it should rise above it. A line
    inside the band ranks no better than chance. The band is the smallest to the largest of the random orders at each
    share, the thin line their mean; the judgement compares areas, which stand above.
    """
    figure = make_subplots(1, 2, shared_yaxes=True, horizontal_spacing=0.14, subplot_titles=["deletion", "insertion"])
    for column, name in enumerate(("deletion", "insertion"), start=1):
        line, band = getattr(curves, name), getattr(curves, f"random_{name}")
        area, areas = float(curves.area(name)), curves.area(f"random_{name}")
        for bound, fill in ((band.max(axis=0), None), (band.min(axis=0), "tonexty")):
            figure.add_scatter(
                x=curves.shares, y=bound, mode="lines", line={"width": 0, "color": QUIET}, fill=fill,
                fillcolor=faded(QUIET, 0.3), hoverinfo="skip", showlegend=False, row=1, col=column,
            )  # fmt: skip
        for values, colour, width, said in ((band.mean(axis=0), QUIET, 1, "random"), (line, TRAINING, 3, name)):
            figure.add_scatter(
                x=curves.shares, y=values, mode="lines", line={"width": width, "color": colour}, showlegend=False,
                hovertemplate=f"{said}, %{{x:.0%}} of the features: %{{y:.3f}}<extra></extra>", row=1, col=column,
            )  # fmt: skip
        found = f"{areas.min():.2f} to {areas.max():.2f}"
        figure.layout.annotations[column - 1].text = f"{name} {area:.2f}<br>random {found}"
    orders = counted(len(curves.random_deletion), "random order")
    title = (
        f"share of the features; score: {score}, mean over {counted(curves.n, 'sample')}; grey: {orders}; above: areas"
    )
    framed(figure, title, "", 260, top=44)
    figure.update_yaxes(title={"text": "mean score", "standoff": 8}, col=1)
    figure.update_annotations(font_size=12)
    return figure.update_xaxes(range=[-0.02, 1.02], tickvals=[0, 0.5, 1], ticktext=["0", "50 %", "100 %"])
