"""The beeswarm: every sample's attribution to every feature, at the positions that shap's plot gives them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from app.charts.explain.colours import QUIET
from app.charts.explain.labels import counted, framed, missing, named_rows, wrapped
from app.charts.explain.ordering import mean_size, strongest
from app.charts.explain.scales import ABOVE, value_marker

BINS, HALF_ROW, FILLED = 100, 0.4, 0.9
ROW = 38
SVG_POINTS = 4_000  # a page draws only a few WebGL figures, and SVG gets slow beyond


def swarm(values: np.ndarray, random: np.random.RandomState) -> tuple[np.ndarray, np.ndarray]:
    """The order (n,) in which shap draws one feature's points and their height (n,) around the row, in that order.

    Points are shuffled and put in BINS bins of the feature's range; those of a bin are stacked on alternate sides of the
    row, and the fullest bin fills the row. Two draws from `random`, as shap takes them: a shuffle of n and n normals.
    """
    order = np.arange(len(values))
    random.shuffle(order)
    pushes = values[order]
    low, high = pushes.min(initial=np.inf), pushes.max(initial=-np.inf)
    bins = np.round(BINS * (pushes - low) / (high - low + 1e-8))
    sorted_places = np.argsort(bins + random.randn(len(values)) * 1e-6)
    sorted_bins = bins[sorted_places]
    first = np.flatnonzero(np.r_[True, sorted_bins[1:] != sorted_bins[:-1]]) if len(values) else np.zeros(0, int)
    layers = np.arange(len(values)) - np.repeat(first, np.diff(np.r_[first, len(values)]))
    heights = np.empty(len(values))
    heights[sorted_places] = np.ceil(layers / 2) * ((layers % 2) * 2 - 1)
    return order, heights * (FILLED * HALF_ROW / np.max(heights + 1, initial=1.0))


def positions(drawn: np.ndarray, random: np.random.RandomState) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """x, y and number of the sample of each point, all (rows, n), for attributions (n, rows), the first row on top."""
    count = drawn.shape[1]
    up, samples = np.zeros(drawn.T.shape), np.zeros(drawn.T.shape, np.int64)
    for row in range(count - 1, -1, -1):  # shap draws the lowest row first
        samples[row], heights = swarm(drawn[:, row], random)
        up[row] = count - 1 - row + heights
    return np.take_along_axis(drawn.T, samples, axis=1), up, samples


def shade(feature: np.ndarray) -> np.ndarray:
    """The place of each value on the colour scale, 0 to 1, NaN where it is missing; 0.5 where all are equal.

    As shap has it, the scale runs from the 5th to the 95th percentile, so that outliers do not use it up; where these
    are equal from the 1st to the 99th, else over the whole range.
    """
    known = feature[np.isfinite(feature)]
    if not len(known):
        return np.full(len(feature), np.nan)
    for share in (5, 1, 0):
        low, high = np.percentile(known, [share, 100 - share])
        if low < high:
            return np.where(np.isfinite(feature), np.clip((feature - low) / (high - low), 0, 1), np.nan)
    return np.where(np.isfinite(feature), 0.5, np.nan)


def beeswarm(
    values: np.ndarray,
    features: np.ndarray | None,
    names: Sequence[str],
    unit: str,
    most: int = 20,
    seed: int = 0,
) -> go.Figure:
    """One dot a sample and feature: across, how much the feature moved that output; colour, the feature's own value.

    A reader can conclude which features matter over many samples (rows by mean |attribution|, the largest on top), how
    far they reach, and whether high values raise or lower the output: colours that change from left to right show a
    direction, mixed colours an interaction or none. values, features (n, f), features in the units of the data. Grey
    dots have no value, or stand in the row of the sum, which has none. Each dot carries its sample's number.
    """
    rows = strongest(mean_size(values), most)
    drawn = rows.gather(values)
    n, count = drawn.shape
    across, up, samples = positions(drawn, np.random.RandomState(seed))
    colour, own = np.full((count, n), np.nan), np.full((count, n), np.nan)
    if features is not None:
        for row, feature in enumerate(rows.order):
            own[row] = np.asarray(features[:, feature], np.float64)[samples[row]]
            colour[row] = shade(own[row])
    names_drawn = [wrapped(names[i]) for i in rows.order]
    if len(rows.rest):
        names_drawn.append(wrapped(f"Sum of {counted(len(rows.rest), 'other feature')}", lines=2))
    figure = go.Figure()
    figure.add_vline(x=0, line={"width": 1, "color": QUIET}, layer="below")
    kind = go.Scatter if drawn.size <= SVG_POINTS else go.Scattergl
    coloured = np.isfinite(colour)
    for chosen in (~coloured, coloured):
        if not chosen.any():
            continue
        scaled = bool(coloured[chosen].all())
        marker = {"size": 5, "opacity": 0.85, "line": {"width": 0}}
        marker |= (
            {"color": colour[chosen].astype(np.float32), **value_marker("low", "high")} if scaled else {"color": QUIET}
        )
        said = "<br>feature's value %{customdata[1]:.4g}" if scaled else ""
        figure.add_trace(
            kind(
                x=across[chosen].astype(np.float32),
                y=up[chosen].astype(np.float32),
                mode="markers",
                marker=marker,
                customdata=np.column_stack([samples[chosen], own[chosen]]).astype(np.float32),
                hovertemplate="sample %{customdata[0]}: %{x:+.3g}" + said + "<extra></extra>",
                showlegend=False,
            )
        )
    named_rows(figure, names_drawn, top=1.0, bottom=1.0)
    colours = "; colour: the feature's own value" if features is not None else ""
    title = f"attribution ({unit}; n = {n:,}{missing(values)}){colours}"
    framed(figure, title, "", ROW * (count + 1), top=8 if features is None else ABOVE)
    return figure.update_xaxes(nticks=7)
