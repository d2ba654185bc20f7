"""The learning rate over the whole run, before it is trained."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import plotly.graph_objects as go

from app.charts.figures import frame
from core.optim.schedules.catalogue import SCHEDULES
from core.registry import ParamValue

POINTS = 400


def learning_rates(
    key: str, params: Mapping[str, ParamValue], lr: float, total_steps: int
) -> tuple[np.ndarray, np.ndarray]:
    """Steps (n,) and learning rates (n,), n at most POINTS; a schedule that reacts to the run stays at `lr`."""
    steps = np.unique(np.linspace(0, max(total_steps - 1, 0), POINTS).round().astype(np.int64))
    spec = SCHEDULES[key]
    if spec.reactive:
        return steps, np.full(len(steps), lr)
    factor = spec.load()
    return steps, lr * np.array([factor(int(step), total_steps, **params) for step in steps])


def schedule_figure(key: str, params: Mapping[str, ParamValue], lr: float, total_steps: int) -> go.Figure:
    """A line of learning rate over steps."""
    steps, rates = learning_rates(key, params, lr, total_steps)
    figure = go.Figure(
        go.Scatter(
            x=steps, y=rates, mode="lines", line={"width": 2.5}, hovertemplate="step %{x}: %{y:.3g}<extra></extra>"
        )
    )
    top = float(rates.max()) if len(rates) else 1.0
    figure.update_yaxes(range=[0, top * 1.08 if top > 0 else 1.0], tickformat="~g", exponentformat="power")
    return frame(figure, "step", "learning rate", 190)
