"""The learning rate over the whole run, before it is trained, and the momentum where it moves against it."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from app.charts.figures import frame
from app.theme import SERIES
from core.optim.schedules.around import cycled_momentum, warm_up
from core.optim.schedules.catalogue import SCHEDULES
from core.recipe.parts import Recipe, SchedulePart
from core.train.live_settings import LiveSettings

POINTS = 400


def factors(part: SchedulePart, total_steps: int) -> tuple[np.ndarray, np.ndarray]:
    """Steps (n,) and factors on the base rate (n,), n at most POINTS; a schedule that reacts to the run stays at 1."""
    steps = np.unique(np.linspace(0, max(total_steps - 1, 0), POINTS).round().astype(np.int64))
    spec = SCHEDULES[part.key]
    found = np.array([warm_up(int(step), total_steps, part.linear_warmup) for step in steps])
    if spec.reactive:
        return steps, found
    factor = spec.load()
    return steps, found * np.array([factor(int(step), total_steps, **part.params) for step in steps])


def schedule_figure(recipe: Recipe, total_steps: int) -> go.Figure:
    """A line of learning rate over steps, and below it one of momentum if that is cycled."""
    steps, found = factors(recipe.schedule, total_steps)
    rates, lowest, own = recipe.optim.lr * found, recipe.schedule.cycle_momentum, LiveSettings.of(recipe).momentum
    momenta = None if lowest is None or own is None else [cycled_momentum(own, lowest, factor) for factor in found]
    figure = make_subplots(
        rows=1 if momenta is None else 2, shared_xaxes=True, vertical_spacing=0.09,
        row_heights=None if momenta is None else [0.62, 0.38],
    )  # fmt: skip
    lines = [("learning rate", rates), *([] if momenta is None else [("momentum", np.array(momenta))])]
    for row, (name, values) in enumerate(lines, 1):
        figure.add_scatter(
            x=steps, y=values, mode="lines", line={"width": 2.5, "color": SERIES[row - 1]}, name=name,
            hovertemplate=f"step %{{x}}: %{{y:.3g}}<extra>{name}</extra>", row=row, col=1,
        )  # fmt: skip
    frame(figure, "", "", 190 if momenta is None else 290)
    figure.update_xaxes(title={"text": "step", "standoff": 6}, row=len(lines), col=1)
    for row, (name, _) in enumerate(lines, 1):
        figure.update_yaxes(title={"text": name, "standoff": 6}, row=row, col=1)
    top = float(rates.max()) if len(rates) else 1.0
    figure.update_yaxes(
        range=[0, top * 1.08 if top > 0 else 1.0], tickformat="~g", exponentformat="power", row=1, col=1
    )
    return figure
