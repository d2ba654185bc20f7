"""Many samples at once: a heat map of their attributions, and the decision plot of their paths to the output."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from app.charts.explain.colours import NEGATIVE, POSITIVE, QUIET, limit_of
from app.charts.explain.labels import counted, framed, missing, named_rows, wrapped
from app.charts.explain.ordering import Rows, clustered, finite, mean_size, strongest
from app.charts.explain.scales import ABOVE, signed_axis

ROW, LINE = 30, 110
LINES = 300


def heat_map(
    values: np.ndarray,
    output: np.ndarray,
    names: Sequence[str],
    unit: str,
    *,
    by: Literal["likeness", "output"] = "likeness",
    most: int = 10,
) -> go.Figure:
    """Attributions of all samples: a row a feature, a column a sample, the output of each sample above its column.

    A reader can conclude whether the samples fall into groups that the model treats alike, and which features make a
    group: by "likeness" (shap's order) samples with like attributions stand together, so groups show as blocks; by
    "output" one sees which features carry high and which carry low outputs. values (n, f), output (n,). The colours are
    cut at the 1st and 99th percentile, as in shap's plot but without the row of the sum, and the scale says where.
    """
    rows = strongest(mean_size(values), most)
    known = finite(values)
    order = clustered(known) if by == "likeness" else np.argsort(output, kind="stable")
    drawn = rows.gather(values)[order]
    n, count = drawn.shape
    alone = drawn[:, : len(rows.order)]
    low, high = np.percentile(alone, [1, 99]) if alone.size else (0.0, 0.0)
    limit = float(max(-low, high)) or limit_of(drawn)
    share = LINE / (ROW * count + LINE)
    figure = make_subplots(2, 1, shared_xaxes=True, row_heights=[share, 1 - share], vertical_spacing=0.03)
    figure.add_scatter(
        y=output[order], mode="lines+markers" if n < 30 else "lines", line={"width": 1.5, "color": QUIET, "shape": "hvh"},
        customdata=order, hovertemplate="sample %{customdata}: output %{y:.3g}<extra></extra>", showlegend=False, row=1, col=1,
    )  # fmt: skip
    figure.add_heatmap(
        z=drawn.T[::-1].astype(np.float32),
        coloraxis="coloraxis",
        customdata=np.broadcast_to(order, (count, n)),
        hovertemplate="sample %{customdata}: %{z:+.3g}<extra></extra>",
        row=2,
        col=1,
    )
    order_said = "like ones together" if by == "likeness" else "by their output"
    title = f"samples, {order_said} (n = {n:,}); line: output; colour: attribution ({unit}){missing(values)}"
    framed(figure, title, "", ROW * count + LINE, top=ABOVE)
    figure.update_layout(coloraxis=signed_axis(limit))
    figure.update_xaxes(showgrid=False, zeroline=False)
    figure.update_yaxes(nticks=4, row=1, col=1)
    lower = named_rows(go.Figure(), _names(rows, names)).layout.yaxis
    figure.update_layout(yaxis2=lower.to_plotly_json() | {"showgrid": False, "automargin": True})
    return figure


def decision(
    values: np.ndarray,
    base: np.ndarray | float,
    names: Sequence[str],
    unit: str,
    *,
    wrong: np.ndarray | None = None,
    most: int = 20,
    seed: int = 0,
) -> go.Figure:
    """Each sample's path from the base value at the foot to its output at the top, feature by feature.

    A reader can conclude where samples part: the feature at which the paths fan out decides, a bend back means a
    contradicting feature. Paths of wrong rows are dashed and thick, so one sees whether errors share a turn. Features by
    summed |attribution|, strongest on top as in shap's decision plot; paths start at base + the features not drawn. Orange
    ends above its base, blue below. values (n, f), base one number or (n,), wrong (n,) bool. Of more than LINES samples
    wrong ones first, at most half of LINES, and others drawn at random.
    """
    n = len(values)
    wrong = np.zeros(n, bool) if wrong is None else np.asarray(wrong, bool)
    rows = strongest(mean_size(values), most)
    chosen = _sampled(wrong, seed)
    steps = rows.gather(values[chosen])
    bases = np.broadcast_to(np.asarray(base, np.float64), (n,))[chosen]
    paths = np.cumsum(np.column_stack([bases, steps[:, ::-1]]), axis=1)
    places = np.arange(paths.shape[1])
    figure = go.Figure()
    for error in (False, True):
        for up in (True, False):
            own = (wrong[chosen] == error) & ((paths[:, -1] >= bases) == up)
            if not own.any():
                continue
            blank = np.full((own.sum(), 1), np.nan)
            figure.add_scatter(
                x=np.column_stack([paths[own], blank]).reshape(-1),
                y=np.tile(np.append(places, np.nan), own.sum()),
                mode="lines",
                name=f"{'wrong, ' if error else ''}{'raised' if up else 'lowered'} ({own.sum()})",
                line={
                    "color": POSITIVE if up else NEGATIVE,
                    "width": 2.4 if error else 1.1,
                    "dash": "dash" if error else "solid",
                },
                opacity=0.95 if error else 0.5,
                customdata=np.repeat(chosen[own], paths.shape[1] + 1),
                hovertemplate="sample %{customdata}: %{x:.3g}<extra>%{fullData.name}</extra>",
            )
    for level in np.unique(bases)[:1] if np.ptp(bases) == 0 else []:
        figure.add_vline(x=float(level), line={"width": 1, "color": QUIET}, layer="below")
    labels = _names(rows, names)
    said = f"n = {n:,}" if len(chosen) == n else f"{len(chosen)} of n = {n:,} drawn, wrong ones first"
    framed(figure, f"{unit} ({said}{missing(values)})", "", ROW * len(rows) + 80, legend=True)
    figure.update_yaxes(
        tickvals=[len(labels) - i - 0.5 for i in range(len(labels))], ticktext=labels, range=[-0.15, len(labels) + 0.15],
        griddash="dot",
    )  # fmt: skip
    return figure.update_xaxes(nticks=6)


def _sampled(wrong: np.ndarray, seed: int) -> np.ndarray:
    """At most LINES rows, ascending; wrong ones first up to half of them."""
    if len(wrong) <= LINES:
        return np.arange(len(wrong))
    order = np.random.default_rng(seed).permutation(len(wrong))
    bad, good = order[wrong[order]], order[~wrong[order]]
    kept = max(LINES // 2, LINES - len(good))
    bad = bad[:kept]
    return np.sort(np.concatenate([bad, good[: LINES - len(bad)]]))


def _names(rows: Rows, names: Sequence[str]) -> list[str]:
    """Row labels on one line each: these rows are low."""
    rest = [wrapped(f"Sum of {counted(len(rows.rest), 'other')}", 18, 1)] if len(rows.rest) else []
    return [wrapped(names[i], 18, 1) for i in rows.order] + rest
