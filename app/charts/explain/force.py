"""One sample's explanation on one line: pushes up from the left and down from the right meet at the output."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import permutations, product

import numpy as np
import plotly.graph_objects as go

from app.charts.explain.colours import NEGATIVE, POSITIVE, QUIET
from app.charts.explain.labels import counted, cut, framed, full, missing, number, plain
from app.charts.explain.ordering import finite

LABELLED = 3
DRAWN = 12
NAME = 17
PLOT, LETTER, LEVEL = 320, 6.1, 40  # pixels: a phone's plot, a letter at most, a label of two lines


@dataclass(frozen=True)
class Segment:
    """A push drawn from `start` (by the output) to `end`, with the words of its label and of its hover box."""

    start: float
    end: float
    label: str
    hover: str
    width: float


def segments(values: np.ndarray, names: Sequence[str], shown: Sequence[str], meet: float, sign: int) -> list[Segment]:
    """The pushes of one sign, the largest next to where both sides meet; those beyond DRAWN are one segment.

    Pushes up (`sign` 1) lie left of `meet` and push it right; pushes down lie right of it, as in shap's force plot.
    """
    pushes = finite(values)
    own = [int(i) for i in np.argsort(-np.abs(pushes), kind="stable") if pushes[i] * sign > 0]
    parts = [(float(pushes[i]), *_words(names[i], shown[i], float(pushes[i]))) for i in own[:DRAWN]]
    if own[DRAWN:]:
        rest, word = float(pushes[own[DRAWN:]].sum()), counted(len(own) - DRAWN, "other feature")
        parts.append((rest, *_words(word, "", rest)))
    found, place = [], meet
    for push, label, hover, width in parts:
        found.append(Segment(place, place - push, label, hover, width))
        place -= push
    return found


def _words(name: str, shown: str, push: float) -> tuple[str, str, float]:
    """Label, hover text and the label's width as a share of a phone's plot."""
    short = cut(name, NAME)
    second = f"= {cut(shown, 10)} ({number(push, signed=True)})" if shown else number(push, signed=True)
    whole = f"{name} = {shown}" if shown else name
    width = max(len(short), len(second)) * LETTER / PLOT
    return f"{plain(short)}<br>{plain(second)}", f"{full(whole)}<br>{number(push, signed=True)}", width


def places(leaders: Sequence[float], widths: Sequence[float]) -> list[tuple[int, int]]:
    """For each label, strongest first, a level of its own (0 next to the bar) and the side (1 right) to which it runs.

    Labels hang on leaders at shares of the plot's width. No two share a level, so none overlap; of all arrangements the
    one is taken in which no text leaves the plot, the fewest cross a leader, and the strongest are next to the bar.
    """

    def cost(levels: tuple[int, ...], sides: tuple[int, ...]) -> float:
        total = 0.0
        for i, (level, side) in enumerate(zip(levels, sides, strict=True)):
            low, high = sorted((leaders[i], leaders[i] + side * widths[i]))
            total += 300 * (max(0.0, -low) + max(0.0, high - 1)) + 0.01 * abs(level - i)
            total += sum(low < leaders[j] < high for j in range(len(leaders)) if levels[j] > level)
        return total

    options = product(permutations(range(len(leaders))), product((1, -1), repeat=len(leaders)))
    levels, sides = min(options, key=lambda option: cost(*option))
    return list(zip(levels, sides, strict=True))


def force_bar(
    values: np.ndarray, base: float, output: float, names: Sequence[str], shown: Sequence[str], unit: str
) -> go.Figure:
    """All pushes of one sample on one bar: those that raise the output from the left, those that lower it from the right.

    A reader can conclude how much speaks for and how much against this output: a short bar means little moved, two long
    halves mean that strong reasons nearly cancel. The strongest LABELLED of each side are named, the others say their
    name on hover. Where both sides meet is base + sum; the output is marked, and lies there if all is explained.
    values (f,) in `unit`; shown (f,) the features' values as text.
    """
    meet = base + float(finite(values).sum())
    sides = {sign: segments(values, names, shown, meet, sign) for sign in (1, -1)}
    points = [base, output, meet, *(part.end for parts in sides.values() for part in parts)]
    low, high = min(points), max(points)
    pad = 0.05 * (high - low) or 0.1 * max(abs(high), 1.0)
    low, high = low - pad, high + pad
    figure = go.Figure()
    for sign, parts in sides.items():
        colour, edge, mark, word = (POSITIVE, 0, base, "base") if sign > 0 else (NEGATIVE, 1, output, "output")
        for index, part in enumerate(parts):
            _chevron(figure, part, colour, high - low, first=index == 0)
        told = f"{word} {number(mark)}"
        hung = [((part.start + part.end) / 2, part.label, part.width, colour) for part in parts[:LABELLED]]
        hung.append((mark, f"<b>{told}</b>", (len(told) + 1) * LETTER / PLOT, QUIET))
        found = places([(x - low) / (high - low) for x, *_ in hung], [width for _, _, width, _ in hung])
        for (x, label, _, line), (level, side) in zip(hung, found, strict=True):
            figure.add_annotation(
                x=x, y=edge, ax=0, ay=sign * (26 + LEVEL * level), text=label, showarrow=True, arrowhead=0, arrowwidth=1.2,
                arrowcolor=line, align="left" if side > 0 else "right", xanchor="left" if side > 0 else "right",
            )  # fmt: skip
    if not figure.data:
        figure.add_scatter(x=[meet], y=[0.5], mode="markers", marker={"color": QUIET, "size": 8}, showlegend=False)
    deep = {sign: LEVEL * (min(len(parts), LABELLED) + 1) + 14 for sign, parts in sides.items()}
    bar, above, below = 44, deep[-1], deep[1]
    figure.update_yaxes(visible=False, range=[-below / bar, 1 + above / bar], fixedrange=True)
    figure.update_xaxes(range=[low, high], nticks=6, showgrid=False)
    title = f"{unit}: orange raises it, blue lowers it (1 sample{missing(values)})"
    framed(figure, title, "", bar + above + below)
    return figure.update_xaxes(ticks="outside", showline=True, linecolor=QUIET, linewidth=1)


def _chevron(figure: go.Figure, part: Segment, colour: str, span: float, *, first: bool) -> None:
    """One segment as an arrow that points where it pushes; the first has a flat end at the meeting point."""
    way = 1 if part.start > part.end else -1
    size = abs(part.start - part.end)
    gap = min(0.0022 * span, size / 4)
    tip = way * 0.009 * span
    head, tail = part.start - way * gap, part.end + way * gap
    point = head if first else head + tip
    notch = tail + (way * min(abs(tip), 0.9 * size) if first else tip)
    figure.add_scatter(
        x=[tail, head, point, head, tail, notch, tail],
        y=[0, 0, 0.5, 1, 1, 0.5, 0],
        fill="toself",
        fillcolor=colour,
        mode="lines",
        line={"width": 0, "color": colour},
        hoveron="fills",
        hoverinfo="text",
        text=part.hover,
        showlegend=False,
    )
