"""When to measure: each stream's cadence, chosen so that all recording together stays inside the overhead budget."""

from __future__ import annotations

import math
from dataclasses import dataclass

SMOOTHING = 0.1
ADJUST_EVERY = 20
FREE = "step"


@dataclass
class Stream:
    """One stream's wish (`least` steps between records), its cadence in force, and its cost in seconds per record."""

    name: str
    least: int
    every: int
    cost: float = 0.0
    records: int = 0


class Cadence:
    """Decides at each step which streams are due, and thins them to the budget.

    The cost of a record and the length of a bare step are exponential moving averages of measured times, each sample
    capped at four times the average so that one hiccup moves nothing. Cadences grow as soon as the budget is exceeded
    and shrink only when there is clear room (a quarter spare), so they settle.
    """

    def __init__(self, streams: dict[str, int], budget: float | None) -> None:
        self.streams = {name: Stream(name, every, every) for name, every in streams.items()}
        self.budget = budget
        self.bare = 0.0
        self.row_cost = 0.0
        self._steps = 0
        self._spent = 0.0
        self._total = 0.0

    def due(self, name: str, step: int) -> bool:
        """Whether `name` is to be measured at `step` (1-based)."""
        stream = self.streams.get(name)
        return stream is not None and (step % stream.every == 0 or step == 1)

    def spend(self, name: str, seconds: float, *, record: bool = False) -> None:
        """Book measuring time to a stream; `record` when it completes one record."""
        self._spent += seconds
        stream = self.streams[name]
        stream.records += record
        sample = seconds if stream.cost == 0.0 else min(seconds, 4 * stream.cost)
        if record:
            stream.cost = sample if stream.cost == 0.0 else stream.cost + SMOOTHING * (sample - stream.cost)

    def wrote(self, seconds: float, rows: int) -> None:
        """Book the time a commit of `rows` rows to the store took."""
        self._spent += seconds
        sample = seconds / max(rows, 1)
        self.row_cost = sample if self.row_cost == 0.0 else self.row_cost + SMOOTHING * (sample - self.row_cost)

    def step_took(self, total: float, recording: float) -> bool:
        """Book one whole step of `total` seconds of which `recording` were ours; True when a cadence changed."""
        bare = max(total - recording, 1e-9)
        sample = bare if self.bare == 0.0 else min(bare, 4 * self.bare)
        self.bare = sample if self.bare == 0.0 else self.bare + SMOOTHING * (sample - self.bare)
        self._total += total
        self._steps += 1
        return self._steps % ADJUST_EVERY == 0 and self.adjust()

    def adjust(self) -> bool:
        """Choose every cadence anew from the measured costs; True when one changed."""
        if self.budget is None or self.bare == 0.0:
            return False
        thinned = [stream for stream in self.streams.values() if stream.name != FREE and stream.cost > 0.0]
        free = self.streams.get(FREE)
        room = max(
            self.budget / 100 * self.bare - (free.cost + self.row_cost if free else 0.0),
            0.1 * self.budget / 100 * self.bare,
        )
        changed = False
        for position, stream in enumerate(sorted(thinned, key=lambda s: s.cost / s.least)):
            cost = stream.cost + self.row_cost
            share = room / (len(thinned) - position)
            wanted = max(stream.least, math.ceil(cost / share))
            if wanted > stream.every or wanted < 0.75 * stream.every:
                changed |= wanted != stream.every
                stream.every = wanted
            room = max(room - cost / stream.every, 0.02 * self.budget / 100 * self.bare)
        return changed

    @property
    def share(self) -> float:
        """Recording time as a share of bare training time so far."""
        bare = self._total - self._spent
        return self._spent / bare if bare > 0 else 0.0

    @property
    def in_force(self) -> dict[str, int]:
        """Steps between two records, per stream."""
        return {name: stream.every for name, stream in self.streams.items()}
