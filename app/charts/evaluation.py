"""Figures of a model's errors: confusion matrix, ROC and precision-recall curves, reliability, residuals. Each says its n."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from app.charts.figures import frame
from app.theme import SERIES, TRAINING, VALIDATION
from core.diagnosis.accuracy import interval
from core.evaluation.calibration import Calibration
from core.evaluation.predictions import Predictions
from core.evaluation.ranking import Curve
from core.evaluation.residuals import Residuals
from core.evaluation.thresholds import Decision

WRITTEN_CLASSES = 15
DRAWN_CLASSES = 8
POINTS = 2_000
QUIET = "#7f9297"


def short(name: str, length: int = 12) -> str:
    """A class name that fits beside an axis."""
    return name if len(name) <= length else name[: length - 1] + "…"


def confusion_figure(confusion: np.ndarray, names: tuple[str, ...], *, shares: bool) -> go.Figure:
    """True class down, class named across: counts, or shares of the true class. Shaded by share, so rare classes show."""
    support = confusion.sum(axis=1, keepdims=True)
    share = np.divide(confusion, support, out=np.zeros(confusion.shape), where=support > 0)
    labels = [f"{index}" if len(names) > 40 else short(name) for index, name in enumerate(names)]
    figure = go.Figure()
    figure.add_heatmap(
        z=share,
        x=labels,
        y=labels,
        zmin=0,
        zmax=1,
        colorscale=[[0, "rgba(33,145,160,0.04)"], [1, "rgba(33,145,160,1)"]],
        showscale=False,
        xgap=1,
        ygap=1,
        customdata=np.dstack([confusion, np.broadcast_to(support, confusion.shape)]),
        hovertemplate="%{y} taken for %{x}: %{customdata[0]} of %{customdata[1]} (%{z:.0%})<extra></extra>",
    )
    if len(names) <= WRITTEN_CLASSES:
        for row, column in zip(*np.nonzero(confusion), strict=True):
            text = f"{share[row, column]:.0%}" if shares else f"{confusion[row, column]:,}"
            lit = {"color": "#ffffff"} if share[row, column] > 0.55 else {}
            figure.add_annotation(x=labels[column], y=labels[row], text=text, showarrow=False, font={"size": 12, **lit})
    figure.update_xaxes(
        type="category",
        side="bottom",
        showgrid=False,
        tickangle=-45 if len(names) > 6 and max(map(len, labels)) > 2 else None,
    )
    figure.update_yaxes(type="category", autorange="reversed", showgrid=False)
    height = max(280, min(640, 34 * len(names) + 90))
    framed = frame(figure, f"named by the model (n = {int(confusion.sum()):,})", "true class", height)
    return framed.update_yaxes(title_standoff=18)


def curves_figure(curves: list[Curve | None], mean: Curve, names: tuple[str, ...], kind: str, n: int) -> go.Figure:
    """One line a class, the hardest ones if there are many, and the macro mean, bold; dashed is a guess at random."""
    figure = go.Figure()
    known = [(label, curve) for label, curve in enumerate(curves) if curve is not None]
    hardest = sorted(known, key=lambda one: one[1].area)[:DRAWN_CLASSES]
    for label, curve in sorted(hardest, key=lambda one: one[0]):
        figure.add_scatter(
            x=curve.x,
            y=curve.y,
            mode="lines",
            name=f"{short(names[label])} {curve.area:.3f}",
            line={"width": 1.3, "color": SERIES[label % len(SERIES)], "shape": "linear" if kind == "roc" else "vh"},
            hovertemplate=f"{short(names[label])} ({curve.positives} rows): %{{x:.2f}}, %{{y:.2f}}<extra></extra>",
        )
    figure.add_scatter(
        x=mean.x,
        y=mean.y,
        mode="lines",
        name=f"macro {mean.area:.3f}",
        line={"width": 3.5, "color": QUIET},
        hovertemplate="macro: %{x:.2f}, %{y:.2f}<extra></extra>",
    )
    if kind == "roc":
        figure.add_scatter(
            x=[0, 1], y=[0, 1], mode="lines", showlegend=False, hoverinfo="skip",
            line={"dash": "dot", "width": 1, "color": QUIET},
        )  # fmt: skip
    figure.update_xaxes(range=[-0.02, 1.02])
    figure.update_yaxes(range=[-0.02, 1.03])
    words = ("false positive rate", "true positive rate") if kind == "roc" else ("recall", "precision")
    framed = frame(figure, f"{words[0]} (n = {n:,})", words[1], 380, legend=True)
    return framed.update_layout(hovermode="closest").update_yaxes(title_standoff=18)


def working_point_figure(curve: Curve, then: Decision, now: Decision) -> go.Figure:
    """Precision against recall, with the points of the threshold (filled) and of naming the likeliest class (open)."""
    figure = go.Figure()
    figure.add_scatter(
        x=curve.x,
        y=curve.y,
        mode="lines",
        name=f"average precision {curve.area:.3f}",
        line={"color": TRAINING, "width": 2, "shape": "vh"},
        hovertemplate="recall %{x:.2f}, precision %{y:.2f}<extra></extra>",
    )
    for name, one, marker in (
        ("likeliest class named", now, {"size": 13, "color": QUIET, "symbol": "circle-open", "line": {"width": 2.5}}),
        ("this threshold", then, {"size": 13, "color": VALIDATION}),
    ):
        if np.isfinite(one.precision):
            figure.add_scatter(
                x=[one.recall],
                y=[one.precision],
                mode="markers",
                name=name,
                marker=marker,
                hovertemplate=f"{name}: recall %{{x:.3f}}, precision %{{y:.3f}}<extra></extra>",
            )
    figure.update_xaxes(range=[-0.02, 1.03])
    figure.update_yaxes(range=[-0.02, 1.04])
    rows = curve.positives + curve.negatives
    framed = frame(figure, f"recall (n = {rows:,}, {curve.positives:,} of the class)", "precision", 320, legend=True)
    return framed.update_layout(hovermode="closest").update_yaxes(title_standoff=18)


def reliability_figure(found: Calibration) -> go.Figure:
    """Share right against confidence, one dot a bin with its 95 % interval, sized by rows; dashed is perfect calibration."""
    known = np.flatnonzero(found.rows)
    right, rows = found.right[known], found.rows[known]
    bounds = np.array([interval(round(share * n), int(n)) for share, n in zip(right, rows, strict=True)])
    figure = go.Figure()
    figure.add_scatter(
        x=[0, 1], y=[0, 1], mode="lines", showlegend=False, hoverinfo="skip",
        line={"dash": "dot", "width": 1, "color": QUIET},
    )  # fmt: skip
    figure.add_scatter(
        x=found.confidence[known],
        y=right,
        mode="lines+markers",
        line={"color": TRAINING, "width": 1.5},
        marker={"size": 6 + 16 * np.sqrt(rows / rows.max()), "opacity": 0.85},
        error_y={"array": bounds[:, 1] - right, "arrayminus": right - bounds[:, 0], "thickness": 1, "width": 0},
        customdata=rows,
        hovertemplate="%{customdata} rows: %{x:.0%} sure, %{y:.0%} right<extra></extra>",
    )
    figure.update_xaxes(range=[-0.02, 1.04], tickformat=".0%")
    figure.update_yaxes(range=[-0.02, 1.04], tickformat=".0%")
    return frame(figure, f"confidence in the class named (n = {int(found.rows.sum()):,})", "right", 360)


def confidence_figure(found: Calibration) -> go.Figure:
    """Rows in each bin of confidence."""
    figure = go.Figure()
    width = float(found.edges[1] - found.edges[0])
    figure.add_bar(
        x=found.edges[:-1] + width / 2,
        y=found.rows,
        width=0.92 * width,
        marker={"color": TRAINING},
        text=[f"{rows:,}" if rows else "" for rows in found.rows],
        textposition="outside",
        cliponaxis=False,
        hovertemplate="%{x:.0%}: %{y} rows<extra></extra>",
    )
    figure.update_xaxes(range=[0, 1], tickformat=".0%")
    return frame(figure, f"confidence in the class named (n = {int(found.rows.sum()):,})", "rows", 360)


def agreement_figure(found: Predictions, target: str) -> go.Figure:
    """Output against target, one dot a row (at most POINTS); dashed is agreement."""
    n = len(found.targets)
    rows = np.random.default_rng(0).permutation(n)[:POINTS]
    ends = [float(min(found.targets.min(), found.outputs.min())), float(max(found.targets.max(), found.outputs.max()))]
    figure = go.Figure()
    figure.add_scatter(
        x=found.targets[rows],
        y=found.outputs[rows, 0],
        mode="markers",
        marker={"size": 6, "opacity": 0.6, "color": TRAINING},
        hovertemplate="target %{x:.4g}, output %{y:.4g}<extra></extra>",
        showlegend=False,
    )
    figure.add_scatter(
        x=ends,
        y=ends,
        mode="lines",
        showlegend=False,
        hoverinfo="skip",
        line={"dash": "dot", "width": 1, "color": QUIET},
    )
    drawn = f"n = {n:,}" if n <= POINTS else f"{POINTS:,} of n = {n:,}, drawn at random"
    return frame(figure, f"{short(target, 40)} ({drawn})", "output", 360).update_yaxes(title_standoff=18)


def residuals_figure(found: Residuals, target: str) -> go.Figure:
    """Histogram of output minus target."""
    counts, edges = np.histogram(found.values, bins=30)
    figure = go.Figure()
    figure.add_bar(
        x=(edges[:-1] + edges[1:]) / 2,
        y=counts,
        width=edges[1] - edges[0],
        marker={"color": TRAINING, "line": {"width": 0}},
        hovertemplate="%{x:.4g}: %{y} rows<extra></extra>",
    )
    figure.add_vline(x=0, line={"dash": "dot", "width": 1, "color": QUIET})
    figure.add_vline(x=found.bias, line={"width": 2, "color": VALIDATION})
    figure.update_layout(bargap=0.04)
    return frame(figure, f"output - {short(target, 30)} (n = {len(found.values):,})", "rows", 360)
