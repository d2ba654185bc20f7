"""Explanations over training of several lanes of a race: when the reasons of each settled."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import plotly.graph_objects as go

from app.charts.explain.labels import counted, framed, wrapped
from app.theme import SERIES


def lanes_agreement(lanes: Mapping[str, tuple[np.ndarray, np.ndarray]], n: int) -> go.Figure:
    """Rank correlation of each lane's explanations with its own last ones, one line a lane.

    A reader can conclude which lane's reasons settled first: its line comes near 1 and stays. Each lane is compared with
    itself, so two lanes at 1 may still rest on different things. lanes: name to (steps (k,), rho (k,)), over the same n
    samples.
    """
    figure = go.Figure()
    for place, (name, (steps, rho)) in enumerate(lanes.items()):
        figure.add_scatter(
            x=steps.tolist(), y=rho, mode="lines+markers" if len(steps) <= 40 else "lines", name=wrapped(name, 22, 1),
            line={"width": 2, "color": SERIES[place % len(SERIES)], "dash": ("solid", "dash")[place // len(SERIES) % 2]},
            marker={"size": 5}, hovertemplate="step %{x:,}: %{y:.2f}<extra>%{fullData.name}</extra>",
        )  # fmt: skip
    title = f"optimizer step (first seed, the same {counted(n, 'sample')})"
    framed(figure, title, "rank correlation with its last", 340, legend=True)
    return figure.update_yaxes(range=[min(-0.05, *(float(np.nanmin(rho)) for _, rho in lanes.values())), 1.05])
