"""Accuracy over the reach of an attack."""

from __future__ import annotations

from typing import Any

import plotly.graph_objects as go

from app.charts.figures import frame
from app.theme import SERIES


def attack_figure(found: dict[str, Any]) -> go.Figure:
    """Accuracy under one step and under a search, against epsilon; `found` as core.train.robustness gives it."""
    figure = go.Figure()
    for name, key, colour in (
        ("one step (FGSM)", "fgsm", SERIES[1]),
        (f"{found['steps']} steps (PGD)", "pgd", SERIES[0]),
    ):
        figure.add_scatter(
            x=found["epsilons"], y=found[key], name=name, mode="lines+markers", line={"color": colour},
            hovertemplate="within %{x}: %{y:.1%}<extra>" + name + "</extra>",
        )  # fmt: skip
    figure.update_yaxes(range=[0, 1.02], tickformat=".0%")
    return frame(figure, "epsilon: how far each input value may be moved", f"accuracy (n = {found['rows']:,})", 300)
