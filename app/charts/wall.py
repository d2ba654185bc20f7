"""The pictures of a class's wall: one small curve for each student, and one scatter of all finished runs."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from statistics import median
from typing import Any

import plotly.graph_objects as go

from app.charts.figures import frame
from app.theme import SERIES, STATUS_SHAPES
from app.words import metric, number
from core.classroom.standings import Curve, Standing
from core.store.summaries import ENDED

WIDTH, HEIGHT = 160, 56
ABOVE_START, DECADES = 10.0, 4
"""How far above the usual first loss, and how many decades below, a tile reaches."""
MARKS = 8
NAMED = 14
TONES = {
    "done": "good",
    "running": "live",
    "paused": "live",
    "stalled": "warn",
    "lost": "bad",
    "failed": "bad",
    "damaged": "bad",
}
FAINT = "#8a949e"


@dataclass(frozen=True)
class Scale:
    """The one vertical scale of all tiles: the lowest and the highest loss that they show, in decades where `log`."""

    low: float
    high: float
    log: bool

    def y(self, loss: float) -> float:
        """The place of a loss from the top, within the tile."""
        value = math.log10(max(loss, 1e-30)) if self.log else loss
        share = (value - self.low) / (self.high - self.low)
        return round(HEIGHT * (1 - min(max(share, 0.0), 1.0)), 1)

    def is_over(self, loss: float) -> bool:
        """Whether a loss lies above the tile."""
        return (math.log10(max(loss, 1e-30)) if self.log else loss) > self.high


def common_scale(curves: Iterable[Curve]) -> Scale:
    """A scale on which curves can be compared. One that explodes doesn't press the others flat: it leaves at the top."""
    shown = [curve.y for curve in curves if curve.y]
    if not shown:
        return Scale(0.0, 1.0, log=False)
    low, high, start = min(map(min, shown)), max(map(max, shown)), median(y[0] for y in shown)
    if low > 0:
        top = math.log10(min(high, ABOVE_START * start))
        bottom = max(math.log10(low), top - DECADES)
        return Scale(min(bottom, top - 0.3), top, log=True)
    top = min(high, max(ABOVE_START * start, start + 1))
    return Scale(low, max(top, low + 1e-9), log=False)


def tile(one: Standing, scale: Scale, matter: str) -> dict[str, Any]:
    """What the component draws of a student's newest run; `matter` names what is wrong with it, if anything is."""
    total = max(one.total_steps, one.steps, 1)
    over = [at for at, loss in zip(one.curve.x, one.curve.y, strict=True) if scale.is_over(loss)]
    score = "" if one.score is None else f"{number(one.score, 3)}"
    lost = "loss became NaN" if one.curve.lost else ""
    said = matter or lost
    told = [f"{metric(one.metric)} {score}" if score else "", said]
    return {
        "who": one.who,
        "run": one.run,
        "name": one.nickname,
        "score": score,
        "word": f"{STATUS_SHAPES.get(one.status, '')} {one.status}",
        "matter": said,
        "sentence": one.sentence or one.reason,
        "tone": "warn" if said and one.status in ("done", "running", "stopped") else TONES.get(one.status, ""),
        "share": round(min(one.steps / total, 1.0), 3),
        "path": _path(one.curve, total, scale),
        "lost": [_x(step, total) for step in one.curve.lost[:MARKS]],
        "over": [_x(step, total) for step in over[:MARKS]],
        "width": WIDTH,
        "height": HEIGHT,
        "alt": ", ".join([one.nickname, one.status, *filter(None, told)]),
    }


def empty_tile(who: str, nickname: str) -> dict[str, Any]:
    """The tile of a student who has not started a run."""
    blank = Standing("", who, nickname, 0.0, "not started")
    return {**tile(blank, common_scale([]), ""), "word": "not started"}


def _x(step: int, total: int) -> float:
    return round(WIDTH * step / total, 1)


def _path(curve: Curve, total: int, scale: Scale) -> str:
    """The curve as an SVG path; it breaks where losses were not finite."""
    parts, pen, breaks = [], "M", list(curve.lost)
    for step, loss in zip(curve.x, curve.y, strict=True):
        while breaks and breaks[0] <= step:
            breaks.pop(0)
            pen = "M"
        parts.append(f"{pen}{_x(step, total)} {scale.y(loss)}")
        pen = "L"
    return "".join(parts)


def scatter_figure(standings: Sequence[Standing], axis: str, label: str, score: str) -> go.Figure:
    """Every ended run: the setting `axis` (called `label`) against its last `score`; each student's newest is full."""
    shown = [one for one in standings if one.status in ENDED and axis in one.settings and _finite(one, score)]
    newest = {one.who: one.run for one in shown}
    figure = go.Figure()
    for full, opacity, colour in ((False, 0.45, FAINT), (True, 0.95, SERIES[0])):
        group = [one for one in shown if (newest[one.who] == one.run) is full]
        named = full and len(newest) <= NAMED
        figure.add_scatter(
            x=[one.settings[axis] for one in group],
            y=[one.scores[score] for one in group],
            mode="markers+text" if named else "markers",
            text=[escape(one.nickname) for one in group],
            textposition="top center",
            customdata=[one.run for one in group],
            marker={"size": 11 if full else 8, "color": colour, "opacity": opacity},
            hovertemplate=f"%{{text}}<br>{escape(label)} %{{x:.3g}}<br>{metric(score)} %{{y:.4g}}<extra></extra>",
            cliponaxis=False,
        )
    _spread(figure.update_xaxes, [one.settings[axis] for one in shown])
    if score == "val_loss":
        _spread(figure.update_yaxes, [one.scores[score] for one in shown])
    elif score == "val_accuracy":
        figure.update_yaxes(autorangeoptions={"minallowed": 0, "maxallowed": 1.05})  # also around a single run
    figure.update_layout(uirevision=f"{axis} {score}")
    return frame(figure, label, metric(score), 340)


def _finite(one: Standing, score: str) -> bool:
    return math.isfinite(one.scores.get(score, math.nan))


def _spread(update: Any, values: Sequence[float]) -> None:
    """A logarithmic axis where the values span more than a decade; one from 0 where they are all the same."""
    if values and min(values) == max(values) > 0:
        update(range=[0, 2 * max(values)])
    elif values and min(values) > 0 and max(values) > 10 * min(values):
        update(type="log", exponentformat="power")


def summary_line(standings: Sequence[Standing], present: int) -> str:
    """How many have started, and how many of their newest runs train, wait and are done."""
    words = [one.status for one in standings]
    counts = [
        (words.count(word), told) for word, told in (("running", "training"), ("queued", "waiting"), ("done", "done"))
    ]
    rest = [f"{found} {told}" for found, told in counts if found]
    return " · ".join([f"{len(standings)} of {present} started", *rest])


def common_matters(matters: Iterable[str]) -> list[tuple[str, int]]:
    """What is wrong, the most frequent first, with how many newest runs show it."""
    found = sorted(filter(None, matters))
    counted = [(name, len(list(group))) for name, group in itertools.groupby(found)]
    return sorted(counted, key=lambda pair: -pair[1])
