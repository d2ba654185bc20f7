"""Dependence: one feature's attribution against its value, over many samples."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from app.charts.explain.colours import QUIET, faded
from app.charts.explain.labels import counted, framed, missing, number
from app.charts.explain.scales import ABOVE, value_marker
from app.charts.explain.swarm import SVG_POINTS, shade
from app.theme import TRAINING

CLASSED, DISTINCT = 10, 12


def jitter(feature: np.ndarray, seed: int = 0) -> np.ndarray:
    """Offsets (n,) that spread the samples of a discrete feature, 0 for a continuous one.

    As in shap's scatter plot the samples decide: with 10 or more to a distinct value they are spread over 0.1 of the
    smallest step between two values, with 100 or more over 0.2.
    """
    known = np.unique(feature[np.isfinite(feature)])
    steps = np.diff(known)
    steps = steps[steps > 1e-8]
    each = len(feature) / max(len(known), 1)
    if not len(steps) or each < CLASSED:
        return np.zeros(len(feature))
    width = float(steps.min()) * (0.1 if each < 10 * CLASSED else 0.2)
    return np.asarray((np.random.default_rng(seed).random(len(feature)) - 0.5) * width)


def dependence(
    values: np.ndarray,
    feature: np.ndarray,
    name: str,
    unit: str,
    *,
    colour: np.ndarray | None = None,
    colour_name: str = "",
    feature_unit: str = "",
    seed: int = 0,
) -> go.Figure:
    """One dot a sample: across the feature's value, up what it did to the output; colour, another feature's value.

    A reader can conclude the shape of what the model learned of this feature: a slope, a threshold, a bend. Spread at
    one value means that other features decide how it acts; if the colours part there, the coloured one does
    (`ordering.interactions` proposes it). Where the grey bars at the foot are low, few samples carry the shape. values,
    feature, colour (n,) with the features in the units of the data; samples without a value stand at the left edge, as
    diamonds.
    """
    n = len(values)
    known = np.isfinite(feature)
    place = np.where(known, feature, 0.0) + jitter(feature, seed)
    low, high = (float(feature[known].min()), float(feature[known].max())) if known.any() else (0.0, 1.0)
    span = (high - low) or max(abs(high), 1.0)
    place = np.where(known, place, low - 0.08 * span)
    order = np.random.default_rng(seed).permutation(n)
    shades = np.full(n, np.nan) if colour is None else shade(np.asarray(colour, np.float64))
    theirs = shades if colour is None else np.asarray(colour, np.float64)
    figure = go.Figure()
    figure.add_hline(y=0, line={"width": 1, "color": QUIET, "dash": "dot"}, layer="below")
    kind = go.Scatter if n <= SVG_POINTS else go.Scattergl
    pushes = np.where(np.isfinite(values), values, 0.0)
    for scaled in (False, True):
        chosen = order[np.isfinite(shades[order]) == scaled]
        if not len(chosen):
            continue
        marker: dict[str, object] = {"size": 6, "opacity": 0.8, "line": {"width": 0}}
        marker["color"] = shades[chosen] if scaled else (TRAINING if colour is None else QUIET)
        marker["symbol"] = np.where(known[chosen], "circle", "diamond")
        other = "<br>colour %{customdata[2]:.4g}" if scaled else ""
        figure.add_trace(
            kind(
                x=place[chosen],
                y=pushes[chosen],
                mode="markers",
                marker=marker | (_scale(theirs) if scaled else {}),
                customdata=np.column_stack([chosen, feature[chosen], theirs[chosen]]),
                hovertemplate="sample %{customdata[0]}: value %{customdata[1]:.4g}, %{y:+.3g}"
                + other
                + "<extra></extra>",
                showlegend=False,
            )
        )
    _histogram(figure, feature[known], n)
    absent = f"; diamonds: {counted(int((~known).sum()), 'sample')} without a value" if not known.all() else ""
    coloured = f"; colour: {colour_name or 'the other feature'}" if colour is not None else ""
    label = f"{name} ({feature_unit})" if feature_unit else name
    framed(
        figure,
        f"{label} (n = {n:,}{absent}{missing(values)}){coloured}",
        f"attribution ({unit})",
        340,
        top=8 if colour is None else ABOVE,
    )
    figure.update_layout(yaxis2={"overlaying": "y", "range": [0, 3.5], "visible": False, "fixedrange": True})
    return figure.update_xaxes(nticks=7)


def _histogram(figure: go.Figure, known: np.ndarray, n: int) -> None:
    """How many samples have each value, as faint bars on a scale of their own in the lowest part of the figure."""
    if not len(known):
        return
    places, counts = np.unique(known, return_counts=True)
    if len(places) <= DISTINCT:
        widths = np.full(
            len(places), 0.6 * (float(np.diff(places).min()) if len(places) > 1 else max(abs(places[0]), 1.0))
        )
    else:
        counts, edges = np.histogram(known, bins=5 if n < 100 else 20 if n < 500 else 40)
        places, widths = (edges[:-1] + edges[1:]) / 2, np.diff(edges)
    figure.add_bar(
        x=places,
        y=counts / counts.max(),
        width=widths,
        yaxis="y2",
        marker={"color": faded(QUIET, 0.22), "line": {"width": 0}},
        hoverinfo="skip",
        showlegend=False,
    )


def _scale(values: np.ndarray) -> dict[str, object]:
    """The colours of the other feature, the scale's ends named by the values at which they are cut (see `shade`)."""
    known = values[np.isfinite(values)]
    for share in (5, 1, 0):
        low, high = (float(end) for end in np.percentile(known, [share, 100 - share]))
        if low < high:
            break
    return value_marker(number(low), number(high))
