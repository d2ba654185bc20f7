"""The leaderboard that students see: worked out once for all of them, and sent only when it has changed."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Any

from app.words import metric, number
from core.classroom.standings import ranking, standings_of
from core.classroom.workspaces import ClassWorkspaces

SECONDS = 3.0
"""Between two looks at the standings; a look reads only what is new of the runs."""
Board = dict[str, Any]
log = logging.getLogger("gradclinic.class")


def board_of(held: ClassWorkspaces) -> Board | None:
    """The board of the newest exercise: {"exercise", "metric", "rows": [[nickname, score]]}; None while it is off."""
    exercise = next(reversed(held.room.state.exercises.values()), None)
    if exercise is None or not held.room.state.leaderboard:
        return None
    ranked = ranking(standings_of(held).of(exercise))
    return {
        "exercise": exercise.id,
        "metric": metric(ranked[0].metric).capitalize() if ranked else "",
        "rows": [[one.nickname, number(one.score)] for one in ranked],
    }


class BoardWatch:
    """Looks at the standings while anybody could see them, in a thread, and says when they have changed.

    Use on one event loop: `begin` when a page has come, and again after each that came later; it ends by itself.
    """

    def __init__(
        self, look: Callable[[], Board | None], wanted: Callable[[], bool], changed: Callable[[Board], None]
    ) -> None:
        self.newest: Board | None = None
        self._look, self._wanted, self._changed = look, wanted, changed
        self._task: asyncio.Task[None] | None = None

    def begin(self) -> None:
        """Look from now on, until nobody is there."""
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._watch(), name="class-board")

    async def _watch(self) -> None:
        while self._wanted():
            try:
                found = await asyncio.to_thread(self._look)
            except Exception:
                log.exception("The leaderboard could not be worked out; it is tried again.")
                found = self.newest
            if found != self.newest:
                self.newest = found
                if found is not None:
                    self._changed(found)
            await asyncio.sleep(SECONDS)
        self.newest = None  # whoever comes next gets no old one
