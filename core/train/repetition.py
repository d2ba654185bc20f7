"""Training a run's steps again, exactly: a session that repeats the changes made by hand and stops where it is told to."""

from __future__ import annotations

from collections.abc import Callable

import torch

from core.store.rows import Event
from core.store.workspace import Run
from core.train.events import Evaluated
from core.train.plan import Plan
from core.train.state import Progress


class Repetition:
    """A session that stops before step `last` + 1 and repeats the changes that were made by hand, at their steps.

    `look` is called after every step, with `progress` already at its number.
    """

    def __init__(
        self,
        plan: Plan,
        progress: Progress,
        last: int,
        changes: list[Event],
        look: Callable[[], None] = lambda: None,
    ) -> None:
        self._plan, self._progress, self._last, self._changes, self._look = plan, progress, last, changes, look

    def before_step(self) -> bool:
        """Change what was changed here; False at the end."""
        while self._changes and self._changes[0].step <= self._progress.step:
            event = self._changes.pop(0)
            if event.kind == "changed":
                self._progress.settings = self._progress.settings.change(event.data["setting"], event.data["after"])
            else:
                self._progress.settings = self._progress.settings.extend(
                    event.data["epochs"], self._plan.steps_per_epoch
                )
        return self._progress.step < self._last

    def after_step(self, loss: torch.Tensor) -> None:
        """Let the asker look."""
        self._look()

    def evaluated(self, result: Evaluated) -> None:
        """Nothing to do."""


def changes_after(run: Run, last_command: int) -> list[Event]:
    """The changes and extensions in a run's history that its command `last_command` had not yet seen, in order."""
    reader = run.reader()
    if reader is None:
        return []
    try:
        events = reader.events()
    finally:
        reader.close()
    return [e for e in events if e.kind in ("changed", "extended") and e.data.get("command", 0) > last_command]
