"""Text for people: escaping what users typed, and numbers, times and sizes in words."""

from __future__ import annotations

import math
import re
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from core.data.base import Prepared

_SPECIAL = re.compile(r"([\\`*_{}\[\]()#+\-.!|~<>$&^=\"'/@%])")


def plain(text: object) -> str:
    """`text` as Markdown that shows exactly these characters: no formatting, link, icon or formula."""
    escaped = _SPECIAL.sub(r"\\\1", " ".join(str(text).split()))
    return re.sub(r":(?=\S)", ":\u2060", escaped)  # a word joiner breaks :icon: and :colour[...]


def one_sample(data: Prepared) -> str:
    """The shape of one sample; of a node of a graph, what it stands for."""
    if data.graph is not None:
        return f"a node, {count(data.graph.features.shape[1], 'feature')}"
    return " × ".join(map(str, data.input_shape))


def number(value: float | int | str | None, digits: int = 4) -> str:
    """A number for a table or sentence: 0.9641, 1.2e-05, NaN; an en dash for None."""
    if value is None:
        return "–"
    if isinstance(value, bool | str):
        return str(value)
    if isinstance(value, int):
        return f"{value:,}"
    if math.isnan(value):
        return "NaN"
    return f"{value:.{digits}g}"


def duration(seconds: float | None) -> str:
    """Seconds in words: 0.8 s, 42 s, 3 min 05 s, 2 h 10 min."""
    if seconds is None or not math.isfinite(seconds):
        return "–"
    if seconds < 10:
        return f"{seconds:.1f} s"
    if seconds < 60:
        return f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest:02d} s"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02d} min"


def ago(moment: float | None) -> str:
    """How long ago `moment` (seconds since the epoch) was."""
    if not moment:
        return "–"
    seconds = time.time() - moment
    for size, unit in ((86_400, "day"), (3_600, "hour"), (60, "minute")):
        if seconds >= size:
            count = int(seconds // size)
            return f"{count} {unit}{'s' if count > 1 else ''} ago"
    return "just now"


def size(count: float) -> str:
    """Bytes in words."""
    for unit in ("B", "KB", "MB"):
        if count < 1024:
            return f"{count:.0f} {unit}" if unit == "B" else f"{count:.1f} {unit}"
        count /= 1024
    return f"{count:.1f} GB"


def percent(share: float, digits: int = 1) -> str:
    """A share between 0 and 1 as 34.1 %."""
    return f"{100 * share:.{digits}f} %"


def count(number: int, noun: str, plural: str | None = None) -> str:
    """A count with its noun: 1 run, 2 runs, 1,797 rows."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


METRICS = {
    "loss": "loss",
    "accuracy": "accuracy",
    "f1": "F1",
    "balanced_accuracy": "balanced accuracy",
    "mae": "mean absolute error",
    "r2": "R²",
    "loss_eval": "loss",
}


def metric(name: str) -> str:
    """A recorded metric in words: val_f1 is "validation F1", train_loss_eval "training loss"."""
    part, _, rest = name.partition("_")
    where = {"val": "validation", "train": "training"}.get(part)
    return f"{where} {METRICS.get(rest, rest)}" if where else METRICS.get(name, name)
