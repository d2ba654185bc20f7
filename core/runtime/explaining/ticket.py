"""A ticket: one asker's view of a job, which may be that of many."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Generic, TypeVar

from core.errors import BadInput
from core.explain.worker.answers import Answer
from core.runtime.explaining.desk import Desk, Job, State

T_co = TypeVar("T_co", covariant=True)
SLICE_SECONDS = 5.0


class Ticket(Generic[T_co]):
    """What became of a question. To read it is to look at it: who does not look for a minute counts as gone."""

    def __init__(self, desk: Desk, job: Job, asker: str, read: Callable[[Answer], T_co]) -> None:
        self._desk, self._job, self._asker, self._read = desk, job, asker, read
        self._left = False

    @property
    def state(self) -> State:
        """Waiting, running, done, failed or cancelled."""
        self._look()
        return "cancelled" if self._left and self._job.state != "done" else self._job.state

    @property
    def ended(self) -> bool:
        """Whether nothing more will come."""
        return self.state in ("done", "failed", "cancelled")

    @property
    def place(self) -> int | None:
        """1 for the next in the queue; None when it does not wait."""
        self._look()
        return None if self._left else self._desk.place(self._job)

    @property
    def progress(self) -> float:
        """The share of the work done, 0 to 1."""
        self._look()
        return self._job.progress

    @property
    def sentence(self) -> str:
        """What there is to say: the place in the queue, or why there is no answer; empty when it is done."""
        state, place = self.state, self.place
        if state == "running":
            return "It is being computed."
        if state == "waiting":
            return f"It waits for its turn: number {place} in the queue." if place else "It is about to be computed."
        return "It was cancelled." if self._left and state == "cancelled" else self._job.sentence

    @property
    def answer(self) -> T_co:
        """The answer of a question that is done.

        Raises:
            BadInput: when there is none, with the reason.
        """
        found = self._job.answer
        if found is None:
            raise BadInput(self.sentence)
        return self._read(found)

    def wait(self, seconds: float) -> bool:
        """Wait for its end; False when that took longer."""
        deadline = time.monotonic() + seconds
        while not self.ended and (left := deadline - time.monotonic()) > 0:
            with self._desk.changed:
                self._desk.changed.wait_for(lambda: self._job.ended, min(left, SLICE_SECONDS))
        return self.ended

    def cancel(self) -> None:
        """This asker wants it no more; the job ends when nobody does."""
        self._left = True
        self._desk.leave(self._job, self._asker)

    def forget(self) -> None:
        """Drop what is remembered of its end, a failure for one: the same question is then asked anew."""
        self._desk.forget(self._job)

    def _look(self) -> None:
        if not self._left:
            self._desk.look(self._job, self._asker)
