"""When to measure: each stream's cadence, chosen so that all recording together stays inside the overhead budget."""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass, field

WARM_UP_RECORDS = 2
ADJUST_EVERY = 10
WINDOW = 15
RESERVE = 0.5  # a stopwatch around the probes misses what they do to caches and allocator: benchmarks/overhead.py
ALWAYS = "step"


@dataclass
class Stream:
    """One stream: the wish (`least` steps between records), the cadence in force, and seconds per record."""

    name: str
    least: int
    every: int
    seen: int = 0
    open_seconds: float = 0.0
    fresh: bool = False
    costs: deque[float] = field(default_factory=lambda: deque(maxlen=WINDOW))

    def record(self) -> None:
        """Close one record; the first ones, which pay for caches and memory, are not counted."""
        self.seen += 1
        if self.seen > WARM_UP_RECORDS:
            self.costs.append(self.open_seconds)
            self.fresh = True
        self.open_seconds = 0.0

    @property
    def cost(self) -> float:
        """Seconds of an undisturbed record; 0 while unknown."""
        return _lower_quartile(self.costs)


class Cadence:
    """Decides at each step which streams are due, and thins them to the budget.

    Costs of records and of bare steps are lower quartiles over a short window, so that a hiccup moves nothing and a
    change of phase is followed. The stream "step" (loss and learning rate) is never thinned; what it leaves of the budget is
    shared evenly among the others, and what a cheap one does not need goes to the dearer ones. A cadence changes only
    after a new measurement of its cost, is at most doubled at a time, and is shortened only when there is clear room.
    """

    def __init__(self, streams: dict[str, int], budget: float | None) -> None:
        self.streams = {name: Stream(name, every, every) for name, every in streams.items()}
        self.budget = budget
        self._bare: deque[float] = deque(maxlen=4 * WINDOW)
        self._steps = 0
        self._spent = self._total = self._written = 0.0

    def due(self, name: str, step: int) -> bool:
        """Whether `name` is to be measured at `step` (1-based)."""
        stream = self.streams.get(name)
        return stream is not None and (step % stream.every == 0 or step == 1)

    def next_due(self, step: int) -> int:
        """The first step from `step` on at which any stream but "step" is due; far away when there is none."""
        return min((-(-step // s.every) * s.every for s in self.streams.values() if s.name != ALWAYS), default=2**62)

    def spend(self, name: str, seconds: float, *, record: bool = False) -> None:
        """Book measuring time to a stream; `record` when it completes one record."""
        self._spent += seconds
        stream = self.streams[name]
        stream.open_seconds += seconds
        if record:
            stream.record()

    def wrote(self, seconds: float) -> None:
        """Book the time a commit to the store took."""
        self._spent += seconds
        self._total += seconds
        self._written += seconds

    def step_took(self, total: float, recording: float) -> bool:
        """Book one whole step of `total` seconds of which `recording` were ours; True when a cadence changed."""
        self._bare.append(max(total - recording, 1e-9))
        self._total += total
        self._steps += 1
        return self._steps % ADJUST_EVERY == 0 and self.adjust()

    @property
    def bare(self) -> float:
        """Seconds of an undisturbed step without recording; 0 while unknown."""
        return _lower_quartile(self._bare)

    def adjust(self) -> bool:
        """Choose every cadence anew from the measured costs; True when one changed."""
        known = [s for s in self.streams.values() if s.name != ALWAYS and s.costs]
        if self.budget is None or not known:
            return False
        allowed = RESERVE * self.budget / 100 * self.bare
        always = self.streams.get(ALWAYS)
        fixed = (always.cost if always else 0.0) + self._written / self._steps
        room = max(allowed - fixed, 0.1 * allowed)
        changed = False
        for position, stream in enumerate(sorted(known, key=lambda s: s.cost / s.least)):
            wanted = max(stream.least, math.ceil(stream.cost / (room / (len(known) - position))))
            if stream.fresh and (wanted > stream.every or wanted < 0.75 * stream.every):
                every = min(wanted, 2 * stream.every)
                changed |= every != stream.every
                stream.every = every
            stream.fresh = False
            room = max(room - stream.cost / stream.every, 0.05 * allowed)
        return changed

    @property
    def spent(self) -> float:
        """Seconds of recording so far."""
        return self._spent

    @property
    def share(self) -> float:
        """Recording time as a share of bare training time so far."""
        bare = self._total - self._spent
        return self._spent / bare if bare > 0 else 0.0

    @property
    def in_force(self) -> dict[str, int]:
        """Steps between two records, per stream."""
        return {name: stream.every for name, stream in self.streams.items()}


def _lower_quartile(values: deque[float]) -> float:
    return sorted(values)[len(values) // 4] if values else 0.0
