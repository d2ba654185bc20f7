"""The small pictures of a class report: where the points of a run's curves lie, and the picture as SVG.

The replay draws the same points up to a moment, so a point carries its time: [seconds of the epoch, x, y, beyond], with y
None where the value is NaN or infinite, and `beyond` 1 where it lies above the picture and is drawn at its edge.
"""

from __future__ import annotations

import html
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

WIDTH, HEIGHT = 240, 96
EDGE = 5
HEADROOM = 1.5
"""How far above the highest first loss a picture reaches; a spike beyond is drawn at the edge with a mark."""
LOG_FROM = 30.0
Point = list[float | int | None]
Run = Mapping[str, Any]


@dataclass(frozen=True)
class Scale:
    """The losses from `low` to `high` that all pictures of one exercise share; `log` for those over a wide range."""

    low: float
    high: float
    log: bool

    @classmethod
    def of(cls, runs: Iterable[Run]) -> Scale:
        """The scale on which the losses of these runs can be compared, whatever one of them did."""
        curves = [[v for v in run["loss"]["value"] if math.isfinite(v)] for run in runs]
        curves = [values for values in curves if values]
        if not curves:
            return cls(0.0, 1.0, False)
        low, top = min(map(min, curves)), max(map(max, curves))
        high = max(min(top, HEADROOM * max(abs(values[0]) for values in curves)), low)
        if high <= low:
            high = low + (abs(low) or 1.0)
        return cls(low, high, low > 0 and high > LOG_FROM * low)

    def place(self, value: float) -> tuple[float, int]:
        """The y of a finite loss, and whether it lies beyond the picture."""
        low, high, at = self.low, self.high, min(max(value, self.low), self.high)
        if self.log:
            low, high, at = math.log(low), math.log(high), math.log(at)
        return round(HEIGHT - EDGE - (at - low) / (high - low) * (HEIGHT - 2 * EDGE), 1), int(value > self.high)


def loss_points(run: Run, scale: Scale) -> list[Point]:
    """Where the training loss of a run lies."""
    return _points(run, "loss", scale.place)


def score_points(run: Run, scale: Scale) -> list[Point]:
    """Where its validation metric lies: a loss on the scale of the losses, a share between 0 and 1 at full height."""
    own = scale.place if run["metric"] == "val_loss" else Scale(0.0, 1.0, False).place
    return _points(run, "score", lambda value: (own(value)[0], 0))


def _points(run: Run, name: str, place: Any) -> list[Point]:
    curve = run[name]
    last = max([run["total_steps"], *run["loss"]["step"][-1:], 1])
    found: list[Point] = []
    for time, step, value in zip(curve["time"], curve["step"], curve["value"], strict=True):
        x = round(EDGE + step / last * (WIDTH - 2 * EDGE), 1)
        found.append([time, x, *place(value)] if math.isfinite(value) else [time, x, None, 0])
    return found


def svg(losses: Sequence[Point], scores: Sequence[Point], words: str) -> str:
    """Both curves as an SVG element; `words` say what it shows to those who can't see it."""
    lost = [point for point in losses if point[2] is None]
    beyond = "".join(f"M{point[1]} 1l3 5h-6z" for point in losses if point[3])
    marks = "".join(f"M{point[1]} {EDGE}V{HEIGHT - EDGE}" for point in lost)
    text = f'<text class="nan" x="{_beside(lost[0])}" y="16">NaN</text>' if lost else ""
    return (
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{html.escape(words)}">'
        f'<path class="nan" d="{marks}"/><path class="loss" d="{_line(losses)}"/><path class="score" d="{_line(scores)}"/>'
        f'<path class="beyond" d="{beyond}"/>{text}</svg>'
    )


def _beside(point: Point) -> float:
    x = float(point[1] or 0)
    return x + 4 if x < WIDTH - 40 else x - 30


def _line(points: Sequence[Point]) -> str:
    """A path that is broken wherever a value is not finite."""
    parts, pen = [], "M"
    for _, x, y, _ in points:
        if y is None:
            pen = "M"
            continue
        parts.append(f"{pen}{x} {y}")
        pen = "L"
    return "".join(parts)
