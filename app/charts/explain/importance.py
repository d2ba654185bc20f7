"""How much each feature matters over many samples: one set, cohorts beside each other, two runs compared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go

from app.charts.explain.colours import QUIET
from app.charts.explain.labels import counted, framed, full, missing, named_rows, number, row_height, wrapped
from app.charts.explain.ordering import Rows, mean_size, strongest
from app.theme import SERIES

COHORTS = 6
PATTERNS = ("", "/", ".", "x", "-", "+")
CONFIDENCE = 0.95


def mean_interval(sizes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean over samples (n, ...) and half the width of its 95 % interval (Student 1908); NaN for fewer than 2 samples."""
    from scipy.stats import t

    n = len(sizes)
    mean = sizes.mean(axis=0)
    if n < 2:
        return mean, np.full(mean.shape, np.nan)
    return mean, t.ppf((1 + CONFIDENCE) / 2, n - 1) * sizes.std(axis=0, ddof=1) / np.sqrt(n)


def bar(values: np.ndarray, names: Sequence[str], unit: str, most: int = 10) -> go.Figure:
    """Mean |attribution| of each feature over n samples, with the 95 % interval of that mean.

    A reader can conclude which features the outputs of these samples hang on most; where intervals overlap widely, other
    samples could swap the two. It says nothing of direction. values (n, f); the last row is the sum of those not drawn.
    """
    rows = strongest(mean_size(values), most)
    said = f"n = {len(values):,}{_interval(len(values))}{missing(values)}"
    return _figure({"": values}, rows, names, [wrapped(names[i]) for i in rows.order], f"({unit}; {said})")


def cohort_bars(groups: Mapping[str, np.ndarray], names: Sequence[str], unit: str, most: int = 8) -> go.Figure:
    """Mean |attribution| in each cohort, such as the classes or the rows that are right and wrong, bars side by side.

    A reader can conclude whether the model leans on other features for one cohort than for another: look for rows whose
    bars differ by more than their intervals. Rows by the mean over cohorts, each cohort counting the same; values
    (n_g, f) of each; of more than COHORTS the largest are drawn, and the title says so.
    """
    largest = sorted(groups, key=lambda name: -len(groups[name]))[:COHORTS]
    kept = {name: groups[name] for name in groups if name in largest and len(groups[name])}
    stacked = np.array([mean_size(values) for values in kept.values()]).reshape(len(kept), len(names))
    rows = strongest(mean_size(stacked), most)
    left = f"; the {len(kept)} largest of {len(groups)} cohorts" if len(kept) < len(groups) else ""
    every = np.concatenate([values.reshape(-1) for values in kept.values()] or [np.zeros(0)])
    said = f"n = {sum(map(len, kept.values())):,}{_interval(min(map(len, kept.values()), default=0))}{left}{missing(every)}"
    return _figure(kept, rows, names, [wrapped(names[i]) for i in rows.order], f"({unit}; {said})")


def comparison(
    values_a: np.ndarray,
    values_b: np.ndarray,
    names: Sequence[str],
    labels: tuple[str, str],
    unit: str,
    most: int = 10,
) -> go.Figure:
    """Two runs on the same features: paired bars of mean |attribution|, and each feature's rank in the one and the other.

    A reader can conclude which features one run uses and the other does not. Lengths compare only where both outputs have
    the same unit and scale; ranks always do. Rows by the larger of the two; values (n_a, f) and (n_b, f).
    """
    sizes = np.array([mean_size(values_a), mean_size(values_b)])
    rows = strongest(np.nanmax(np.nan_to_num(sizes, nan=-1.0), axis=0), most)
    ranks = np.argsort(np.argsort(-np.nan_to_num(sizes, nan=-1.0), axis=1, kind="stable"), axis=1) + 1
    ticks = [f"{wrapped(names[i])}<br>rank {ranks[0, i]} → {ranks[1, i]}" for i in rows.order]
    every = np.concatenate([values_a.reshape(-1), values_b.reshape(-1)])
    said = f"ranks: left → right run{_interval(min(len(values_a), len(values_b)))}{missing(every)}"
    told = dict(zip(_apart(labels), (values_a, values_b), strict=True))
    return _figure(told, rows, names, ticks, f"({unit}; {said})")


def _apart(labels: tuple[str, str]) -> tuple[str, str]:
    """Two names that differ, also where one run is compared with a run of the same name."""
    return labels if labels[0] != labels[1] else (labels[0], f"{labels[1]} (second)")


def _figure(sets: Mapping[str, np.ndarray], rows: Rows, names: Sequence[str], ticks: list[str], said: str) -> go.Figure:
    """Bars of each set of samples with intervals, the first set on top.

    What is not drawn alone has a row with the sum in words: a bar of it would often be so long that no other is seen.
    """
    figure, several = go.Figure(), len(sets) > 1
    sums: list[str] = []
    for index, (name, values) in reversed(list(enumerate(sets.items()))):
        mean, half = mean_interval(rows.gather(np.abs(values)))
        texts = [number(m) + (f" ± {number(h)}" if np.isfinite(h) else "") for m, h in zip(mean, half, strict=True)]
        alone = len(rows.order)
        sums = ([number(mean[-1])] if several else texts[alone:]) + sums if len(rows.rest) else []
        figure.add_bar(
            x=mean[:alone],
            y=np.arange(len(rows) - 1, len(rows) - 1 - alone, -1),
            orientation="h",
            name=f"{wrapped(name, 24, 1)} (n = {len(values):,})" if several else "",
            marker={
                "color": SERIES[index],
                "line": {"width": 0},
                "pattern": {"shape": PATTERNS[index], "fillmode": "overlay", "fgcolor": "#ffffff", "fgopacity": 0.45},
            },
            error_x={"array": np.nan_to_num(half[:alone]), "thickness": 1, "width": 3, "color": QUIET},
            customdata=[[full(names[i]), text] for i, text in zip(rows.order, texts, strict=False)],
            hovertemplate="%{customdata[0]}<br>%{customdata[1]}<extra>" + "%{fullData.name}" * several + "</extra>",
        )
    if len(rows.rest):
        ticks = [*ticks, wrapped(f"Sum of {counted(len(rows.rest), 'other feature')}")]
        text = "; ".join(sums)
        figure.add_annotation(x=0, xref="paper", xanchor="left", y=0, text=text, showarrow=False, font={"size": 11})
    named_rows(figure, ticks)
    height = max(row_height(ticks, 34), 15 * len(sets) + 10) * len(rows)
    framed(figure, f"mean |attribution| {said}", "", height + 22 * len(sets) * several, legend=several)
    figure.update_layout(barmode="group", bargap=0.28, bargroupgap=0.06, legend_traceorder="reversed")
    return figure.update_xaxes(rangemode="tozero", nticks=6)


def _interval(n: int) -> str:
    """What the words below say of the whiskers."""
    return "; whiskers: 95 % interval of the mean" if n > 1 else ""
