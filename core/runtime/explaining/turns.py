"""Whose turn it is in a line: every asker gets the same share of it, however much each asks for."""

from __future__ import annotations

from collections.abc import Collection
from typing import Protocol, TypeVar


class Asked(Protocol):
    """What waits: `number` counts arrivals, `askers` (one at least) want it."""

    @property
    def number(self) -> int: ...  # noqa: D102

    @property
    def askers(self) -> Collection[str]: ...  # noqa: D102


A = TypeVar("A", bound=Asked)


class Turns:
    """Fair queueing (Demers, Keshav and Shenker 1989) with jobs for packets, each taken to be as long as any other.

    A virtual clock goes by 1 while every active asker has one job done. A job starts on it when that of its asker before
    ends, but not before the clock's now, so that nobody saves up turns; the earliest start comes first, then the first
    arrival. Several who ask for the same thing share its cost, and the luckiest one's start counts.
    """

    def __init__(self) -> None:
        self._now = 0.0
        self._served: dict[str, float] = {}  # the end of each asker's last job, where it is later than now

    def order(self, waiting: Collection[A]) -> list[A]:
        """The jobs in the order in which they would come if nothing else arrived, about."""
        ends: dict[str, float] = {}
        starts = {}
        for job in sorted(waiting, key=lambda job: job.number):
            for asker in job.askers:
                ends.setdefault(asker, self._served.get(asker, self._now))
            starts[job] = min(ends[asker] for asker in job.askers)
            for asker in job.askers:
                ends[asker] += 1 / len(job.askers)
        return sorted(starts, key=lambda job: (starts[job], job.number))

    def take(self, waiting: Collection[A]) -> A:
        """The job whose turn it is; its askers' turns are counted."""
        job = self.order(waiting)[0]
        for asker in job.askers:
            self._served[asker] = self._served.get(asker, self._now) + 1 / len(job.askers)
        self._now += 1 / len({asker for one in waiting for asker in one.askers})
        self._served = {asker: end for asker, end in self._served.items() if end > self._now}
        return job
