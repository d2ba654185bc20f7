"""Inputs beside what a network made of them: picture pairs, curves, and how errors spread."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from app.charts.figures import frame
from app.charts.samples import pictures
from app.theme import TRAINING, VALIDATION
from core.data.base import Prepared
from core.evaluation.ranking import Curve
from core.evaluation.reconstruction import Rebuilt

GAP = 6


def in_units(values: np.ndarray, data: Prepared) -> np.ndarray:
    """Scaled flat rows (n, values) as samples (n, ...) in their own units."""
    return np.asarray(values.reshape(len(values), *data.input_shape) * data.x_std + data.x_mean)


def picture_pairs(found: Rebuilt, data: Prepared, rows: np.ndarray) -> list[np.ndarray]:
    """Each input above its reconstruction as one picture."""
    above, below = (pictures(in_units(part[rows], data)) for part in (found.inputs, found.outputs))
    line = [np.full((GAP, *top.shape[1:]), 128, np.uint8) for top in above]
    return [np.concatenate(parts) for parts in zip(above, line, below, strict=True)]


def curve_pair(found: Rebuilt, data: Prepared, row: int) -> go.Figure:
    """The first channel of a series and its reconstruction."""
    figure = go.Figure()
    for name, values, colour, dash in (
        ("input", found.inputs, TRAINING, "solid"),
        ("rebuilt", found.outputs, VALIDATION, "dot"),
    ):
        series = in_units(values[row : row + 1], data)[0]
        figure.add_scatter(y=series[:, 0], mode="lines", name=name, line={"color": colour, "width": 2, "dash": dash})
    return frame(figure, "time step", data.feature_names[0] if data.feature_names else "value", 230, legend=True)


def errors_figure(found: Rebuilt) -> go.Figure:
    """Histogram of the rows' errors on a logarithmic axis: usual rows, and known anomalies."""
    logs = np.log10(np.maximum(found.errors, 1e-12))
    edges = np.linspace(logs.min(), logs.max() + 1e-9, 41)
    figure = go.Figure()
    for name, own, colour in (("usual", ~found.apart, TRAINING), ("known anomalies", found.apart, VALIDATION)):
        if own.any():
            heights, _ = np.histogram(logs[own], bins=edges)
            figure.add_bar(
                x=(edges[:-1] + edges[1:]) / 2, y=100 * heights / own.sum(), width=np.diff(edges), name=f"{name} ({own.sum():,})",
                marker={"color": colour, "line": {"width": 0}}, opacity=0.75, customdata=10 ** ((edges[:-1] + edges[1:]) / 2),
                hovertemplate="error %{customdata:.3g}: %{y:.1f} %<extra>%{fullData.name}</extra>",
            )  # fmt: skip
    figure.update_layout(barmode="overlay", bargap=0)
    framed = frame(figure, "mean squared error of a row", "% of the rows", 320, legend=True)
    ticks = np.arange(np.ceil(edges[0]), np.floor(edges[-1]) + 1)
    return framed.update_xaxes(tickvals=ticks, ticktext=[f"{10.0**tick:g}" for tick in ticks]).update_layout(
        hovermode="closest"
    )


def found_figure(by_error: Curve, by_distance: Curve) -> go.Figure:
    """ROC curves of the reconstruction error and of the plain distance from the average row."""
    figure = go.Figure()
    figure.add_scatter(
        x=[0, 1], y=[0, 1], mode="lines", showlegend=False, hoverinfo="skip", line={"dash": "dot", "color": "#7f9297"}
    )
    for name, curve, colour in (("error", by_error, TRAINING), ("distance from the average", by_distance, VALIDATION)):
        figure.add_scatter(
            x=curve.x, y=curve.y, mode="lines", name=f"{name}: {curve.area:.3f}", line={"width": 2.5, "color": colour},
            hovertemplate="%{y:.1%} found at %{x:.1%} false alarms<extra></extra>",
        )  # fmt: skip
    counted = f"usual rows called odd (n = {by_error.negatives:,})"
    framed = frame(figure, counted, f"anomalies found (n = {by_error.positives:,})", 320, legend=True)
    return framed.update_layout(hovermode="closest")
