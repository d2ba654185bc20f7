"""The desk: who asked which question, whose turn it is, what has been answered. It knows no process; safe to use from threads."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict, defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from core.errors import BadInput
from core.explain.worker.answers import Answer
from core.runtime.explaining.turns import Turns

State = Literal["waiting", "running", "done", "failed", "cancelled"]
GONE_SECONDS = 60.0
MOST_WAITING = 8
KEPT_BYTES, KEPT_JOBS = 64 * 2**20, 500


@dataclass(eq=False)
class Job:
    """One question, asked by one or many. `number` counts arrivals; `askers` have looked last at those times (monotonic)."""

    key: str
    what: str
    question: Mapping[str, Any]
    line: str
    number: int
    askers: dict[str, float] = field(default_factory=dict)
    state: State = "waiting"
    progress: float = 0.0
    sentence: str = ""
    answer: Answer | None = None
    stop: Callable[[], None] | None = None

    @property
    def ended(self) -> bool:
        """Whether nothing more will come."""
        return self.state in ("done", "failed", "cancelled")


class Desk:
    """All jobs of a server, by the key of their question: the same question is one job."""

    def __init__(
        self,
        *,
        gone_seconds: float = GONE_SECONDS,
        most_waiting: int = MOST_WAITING,
        kept_bytes: int = KEPT_BYTES,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.changed = threading.Condition()
        self.closed = False
        self._gone, self._most, self._kept_bytes, self._clock = gone_seconds, most_waiting, kept_bytes, clock
        self._jobs: OrderedDict[str, Job] = OrderedDict()  # the ended ones in order of use, oldest first
        self._turns: defaultdict[str, Turns] = defaultdict(Turns)  # by line
        self._number = 0

    def join(self, key: str, asker: str) -> Job | None:
        """The job of that key, which `asker` now wants too; None when there is none."""
        with self.changed:
            job = self._jobs.get(key)
            if job is not None:
                job.askers[asker] = self._clock()
                self._jobs.move_to_end(key)
            return job

    def add(
        self, key: str, what: str, question: Mapping[str, Any], line: str, asker: str, answer: Answer | None = None
    ) -> Job:
        """A job for a question, or the one that another thread has added meanwhile; with its `answer` it is done at once.

        Raises:
            BadInput: when `asker` has enough jobs waiting.
        """
        with self.changed:
            if known := self.join(key, asker):
                return known
            if answer is None:
                self._refuse_too_many(asker)
            self._number += 1
            job = Job(key, what, question, line, self._number, {asker: self._clock()})
            self._jobs[key] = job
            if answer is not None:
                self.end(job, "done", answer=answer)
            self.changed.notify_all()
            return job

    def _refuse_too_many(self, asker: str) -> None:
        if self.closed:
            raise BadInput("The server is stopping; ask again when it has started.")
        waiting = sum(job.state == "waiting" and asker in job.askers for job in self._jobs.values())
        if waiting >= self._most:
            raise BadInput(
                f"You have {waiting} explanations waiting, and no more than {self._most} can; wait for one, or cancel one."
            )

    def take(self, line: str, seconds: float) -> Job | None:
        """The next job of a line, now running; None when none came for so long, or the desk was closed."""
        with self.changed:
            self.changed.wait_for(lambda: self.closed or self._waiting(line), seconds)
            if self.closed or not (waiting := self._waiting(line)):
                return None
            job = self._turns[line].take(waiting)
            job.state = "running"
            self.changed.notify_all()
            return job

    def begin(self, job: Job, stop: Callable[[], None]) -> bool:
        """From here on `stop()` calls the job off; False when it was called off already."""
        with self.changed:
            job.stop = stop
            return not job.ended

    def advance(self, job: Job, share: float) -> None:
        """The share of the work done."""
        with self.changed:
            job.progress = share

    def end(self, job: Job, state: State, sentence: str = "", answer: Answer | None = None) -> None:
        """Say how a job ended; one that was called off stays so."""
        with self.changed:
            if not job.ended:
                job.state, job.sentence, job.answer, job.stop = state, sentence, answer, None
                job.progress = 1.0 if state == "done" else job.progress
                if state == "cancelled":
                    self._drop(job)
                else:
                    self._jobs.move_to_end(job.key)
                    self._trim()
            self.changed.notify_all()

    def look(self, job: Job, asker: str) -> None:
        """Note that `asker` still wants to know."""
        with self.changed:
            if not job.ended:
                job.askers[asker] = self._clock()

    def place(self, job: Job) -> int | None:
        """1 for the next of its line; None when it does not wait."""
        with self.changed:
            order = self._turns[job.line].order(self._waiting(job.line))
            return order.index(job) + 1 if job in order else None

    def leave(self, job: Job, asker: str) -> None:
        """`asker` wants it no more; a job that nobody wants is called off."""
        with self.changed:
            job.askers.pop(asker, None)
            if job.askers or job.ended:
                return
            stop = job.stop
            job.state, job.sentence = "cancelled", "It was cancelled."
            self._drop(job)
            self.changed.notify_all()
        if stop is not None:
            stop()

    def forget(self, job: Job) -> None:
        """Drop what is remembered of a job that has ended: the same question is then asked anew."""
        with self.changed:
            if job.ended:
                self._drop(job)

    def close(self) -> None:
        """Take no more jobs, and end those that wait."""
        with self.changed:
            self.closed = True
            for job in [job for job in self._jobs.values() if job.state == "waiting"]:
                self.end(job, "failed", "The server is stopping; ask again when it has started.")
            self.changed.notify_all()

    def _waiting(self, line: str) -> list[Job]:
        """The jobs that wait in a line, without those whose askers have all gone."""
        now, found = self._clock(), []
        for job in [job for job in self._jobs.values() if job.state == "waiting" and job.line == line]:
            job.askers = {asker: last for asker, last in job.askers.items() if now - last <= self._gone}
            if job.askers:
                found.append(job)
            else:
                said = f"It was called off, since nobody had looked at it for {self._gone:.0f} s; ask again."
                self.end(job, "cancelled", said)
        return found

    def _drop(self, job: Job) -> None:
        if self._jobs.get(job.key) is job:
            del self._jobs[job.key]

    def _trim(self) -> None:
        """Forget the ended jobs that were not asked for longest."""
        ended = [job for job in self._jobs.values() if job.ended]
        size = sum(job.answer.bytes for job in ended if job.answer)
        for count, job in zip(range(len(ended), 1, -1), ended, strict=False):
            if size <= self._kept_bytes and count <= KEPT_JOBS:
                break
            size -= job.answer.bytes if job.answer else 0
            self._drop(job)
