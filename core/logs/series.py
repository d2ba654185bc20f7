"""What a reader of logs hands on: series under the names they have in the log, each with its own steps."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from core.diagnosis.case import Array

MAX_STEP = 2**62


@dataclass(frozen=True)
class Series:
    """One metric: `step` (n,) int64, ascending, each once; `seconds` (n,) since the log's start; `values` (n,) float64."""

    step: Array
    seconds: Array
    values: Array

    def __len__(self) -> int:
        return len(self.step)


@dataclass
class Metrics:
    """All that was read of one log.

    `unit` says what `step` counts: "step", "epoch" or "row". `columns` are all names that the log has, useful or not.
    `facts` become those of the Case; `notes` are sentences on what was understood.
    """

    format: str
    source: str
    series: dict[str, Series] = field(default_factory=dict)
    columns: tuple[str, ...] = ()
    unit: str = "step"
    facts: dict[str, Any] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    status: str = "done"


def make_series(steps: Iterable[float], seconds: Iterable[float], values: Iterable[float]) -> Series:
    """A Series of records in the order in which they were written.

    Where the steps go back, the run was started again: what the older start recorded from that step on is left out.
    A log that runs from the newest to the oldest record is turned round.
    """
    at = np.nan_to_num(np.fromiter(steps, float), nan=0.0).clip(-MAX_STEP, MAX_STEP).astype(np.int64)
    time, value = np.fromiter(seconds, float), np.fromiter(values, float)
    if len(at) > 2 and (np.diff(at) < 0).all():
        at, time, value = at[::-1], time[::-1], value[::-1]
    if len(at) > 1:
        later = np.minimum.accumulate(at[::-1])[::-1]
        keep = np.append(at[:-1] < later[1:], True)
        at, time, value = at[keep], time[keep], value[keep]
    return Series(at, time, value)
