"""Explanations over training: which features the model used when, and when its reasons settled."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from app.charts.explain.colours import AMOUNT, QUIET, faded
from app.charts.explain.labels import counted, framed, missing, named_rows, wrapped
from app.charts.explain.ordering import Rows, finite, mean_size, strongest
from app.charts.explain.scales import ABOVE, lying
from app.theme import SERIES, TRAINING

DASHES = ("solid", "dash")
SYMBOLS = ("circle", "square", "diamond", "triangle-up", "x", "cross", "star")
ROW = 26


def importance_over_steps(
    steps: Sequence[int], importance: np.ndarray, names: Sequence[str], unit: str, n: int, most: int = 7
) -> go.Figure:
    """Mean |attribution| of the strongest features at each checkpoint, one line a feature, the rest in one grey line.

    A reader can conclude when the model began to use a feature (its line leaves the others), and whether it drops one
    again. All lines also rise as outputs grow during training: compare the lines with each other. importance (k, f) at
    `steps` (k,), over the same n samples; the lines are the features with the largest mean over the checkpoints.
    """
    rows = strongest(mean_size(importance), most + 1)
    kept = rows.order[:most]
    figure = go.Figure()
    for index, feature in enumerate(kept):
        figure.add_scatter(
            x=list(steps),
            y=importance[:, feature],
            mode="lines+markers" if len(steps) <= 40 else "lines",
            name=wrapped(names[feature], 22, 1),
            line={"width": 2, "color": SERIES[index % len(SERIES)], "dash": DASHES[index % len(DASHES)]},
            marker={"size": 6, "symbol": SYMBOLS[index % len(SYMBOLS)]},
            hovertemplate="step %{x:,}: %{y:.3g}<extra>%{fullData.name}</extra>",
        )
    known = finite(importance[-1])
    share = 1 - known[kept].sum() / known.sum() if known.sum() > 0 else 0.0
    others = importance.shape[1] - len(kept)
    left = f"; not drawn: {counted(others, 'other feature')}, {share:.0%} of the sum at the end" if others else ""
    said = f"the same {counted(n, 'sample')} at each of {counted(len(steps), 'checkpoint')}"
    title = f"optimizer step; mean |attribution| ({unit}) of {said}{left}{missing(importance)}"
    framed(figure, title, "mean |attribution|", 380, legend=True)
    return figure.update_yaxes(rangemode="tozero", title_standoff=14)


def importance_map(
    steps: Sequence[int], importance: np.ndarray, names: Sequence[str], n: int, most: int = 20
) -> go.Figure:
    """Each feature's share of all |attribution| at each checkpoint: a row a feature, a column a checkpoint.

    A reader can conclude how the model's attention moved during training: shares take out the growth of the outputs. A
    row that darkens late was learned late. Arguments as in `importance_over_steps`.
    """
    rows = strongest(mean_size(importance), most)
    amounts = rows.gather(importance)
    total = amounts.sum(axis=1, keepdims=True)
    shares = np.divide(amounts, total, out=np.zeros_like(amounts), where=total > 0)
    labels = [wrapped(names[i], 18, 1) for i in rows.order] + _rest(rows)
    top = float(shares.max(initial=0.0)) or 1.0
    figure = go.Figure()
    figure.add_heatmap(
        z=shares.T[::-1].astype(np.float32),
        x=[f"{step:,}" for step in steps],
        colorscale=AMOUNT,
        zmin=0,
        zmax=top,
        xgap=1,
        ygap=1,
        hovertemplate="step %{x}: %{z:.1%}<extra></extra>",
        colorbar=lying({0.0: "0", top: f"{top:.0%}"}),
    )
    named_rows(figure, labels)
    framed(
        figure,
        f"optimizer step; colour: share of all |attribution|, mean over {counted(n, 'sample')}{missing(importance)}",
        "",
        ROW * len(labels),
        top=ABOVE,
    )
    figure.update_yaxes(showgrid=False)
    return figure.update_xaxes(type="category", showgrid=False, nticks=6)


def correlation_over_steps(
    steps: Sequence[int],
    rho: np.ndarray,
    n: int,
    *,
    spread: np.ndarray | None = None,
    against: str = "the last checkpoint",
) -> go.Figure:
    """Rank correlation of the explanations at each checkpoint with those of the last one.

    A reader can conclude when the model's reasons settled: where the line comes near 1 and stays, later training changed
    the weights but hardly what the outputs hang on. 0 means unrelated; the last point is 1 by construction. rho (k,);
    `spread` (k, 2) the lower and upper quartile over the n samples, shaded.
    """
    figure = go.Figure()
    if spread is not None:
        for bound, fill in ((spread[:, 1], None), (spread[:, 0], "tonexty")):
            figure.add_scatter(
                x=list(steps), y=bound, mode="lines", line={"width": 0, "color": TRAINING}, fill=fill,
                fillcolor=faded(TRAINING, 0.22), hoverinfo="skip", showlegend=False,
            )  # fmt: skip
    figure.add_scatter(
        x=list(steps),
        y=rho,
        mode="lines+markers" if len(steps) <= 60 else "lines",
        line={"width": 2, "color": TRAINING},
        marker={"size": 6},
        hovertemplate="step %{x:,}: %{y:.3f}<extra></extra>",
        showlegend=False,
    )
    figure.add_hline(y=1, line={"width": 1, "dash": "dot", "color": QUIET})
    low = min(0.0, float(finite(rho).min(initial=0.0)), *(() if spread is None else (float(finite(spread).min()),)))
    shaded = "; shaded: middle half of the samples" if spread is not None else ""
    title = f"optimizer step; rank correlation with {against}, mean over {counted(n, 'sample')}{shaded}"
    framed(figure, title, "rank correlation", 260)
    return figure.update_yaxes(range=[low - 0.03, 1.06], title_standoff=14)


def _rest(rows: Rows) -> list[str]:
    """The label of the last row or line, where there is one."""
    return [wrapped(f"Sum of {counted(len(rows.rest), 'other')}", 18, 1)] if len(rows.rest) else []
