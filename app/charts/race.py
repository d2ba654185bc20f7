"""Figures of a finished race: learning-rate sensitivity, trials of the tuning, performance profile."""

from __future__ import annotations

from typing import Any

import numpy as np
import plotly.graph_objects as go

from app.charts.figures import frame
from core.race.outcome import Sweep

# As the live charts colour the lanes (Okabe and Ito), so that a lane keeps its colour on the whole page.
LANES = ("#0072b2", "#d55e00", "#009e73", "#b0578d", "#a87900", "#3d9fd3", "#7a5195", "#4d5a5e")


def sensitivity_figure(sweeps: list[Sweep], names: dict[int, str]) -> go.Figure:
    """Final validation loss against learning rate, one line a lane: mean, all seeds as dots, the stable range thick."""
    figure = go.Figure()
    for sweep in sweeps:
        colour = LANES[sweep.lane % len(LANES)]
        rates = np.array(sweep.rates)
        means = sweep.means
        seeds = sweep.finals.shape[1]
        hover = "%{fullData.name}<br>rate %{x:.3g}: loss %{y:.4g}<extra></extra>"
        figure.add_scatter(
            x=np.repeat(rates, seeds), y=sweep.finals.reshape(-1), mode="markers", name=names[sweep.lane], showlegend=False,
            marker={"color": colour, "size": 5, "opacity": 0.4}, hovertemplate=hover,
        )  # fmt: skip
        figure.add_scatter(
            x=rates,
            y=means,
            mode="lines",
            name=names[sweep.lane],
            line={"color": colour, "width": 1.6},
            hovertemplate=hover,
        )
        if sweep.stable:
            inside = (rates >= sweep.stable[0]) & (rates <= sweep.stable[1])
            figure.add_scatter(
                x=rates[inside], y=means[inside], mode="lines+markers", name=names[sweep.lane], showlegend=False,
                line={"color": colour, "width": 5}, marker={"size": 7}, hovertemplate=hover,
            )  # fmt: skip
    figure.update_xaxes(type="log", exponentformat="power")
    figure.update_yaxes(type="log", exponentformat="power")
    framed = frame(figure, "learning rate", "validation loss at the end", 380, legend=True)
    return framed.update_layout(hovermode="closest")


def trials_figure(trials: dict[str, tuple[int, list[float]]], score: str) -> go.Figure:
    """Every trial's score, best first, by lane name with the lane's number; one row a lane, the best one filled."""
    figure = go.Figure()
    for name, (lane, scores) in trials.items():
        colour = LANES[lane % len(LANES)]
        figure.add_scatter(
            x=scores, y=[name] * len(scores), mode="markers", name=name,
            marker={"color": colour, "size": [14] + [9] * (len(scores) - 1), "opacity": [1.0] + [0.45] * (len(scores) - 1)},
            hovertemplate="%{y}: %{x:.4g}<extra></extra>",
        )  # fmt: skip
    figure.update_yaxes(autorange="reversed")
    return frame(figure, score, "", 90 + 48 * len(trials))


def profile_figure(found: dict[str, Any], names: dict[int, str]) -> go.Figure:
    """The share of data sets on which a lane is within a factor of the cheapest one."""
    figure = go.Figure()
    for row, lane in enumerate(found["lanes"]):
        figure.add_scatter(
            x=found["factors"], y=found["shares"][row], mode="lines", line={"shape": "hv", "width": 2.4, "color": LANES[lane % len(LANES)]},
            name=names[lane], hovertemplate="within x%{x:.3g} of the best on %{y:.0%}<extra>%{fullData.name}</extra>",
        )  # fmt: skip
    figure.update_xaxes(type="log")
    figure.update_yaxes(range=[-0.03, 1.05], tickformat=".0%")
    return frame(figure, "factor of the fewest samples", "share of data sets", 320, legend=True)
