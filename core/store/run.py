"""One run as it lies on disk: its files, its recipe, and what may be done with it by whoever looks."""

from __future__ import annotations

import functools
import json
import re
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

from core.errors import NotAllowed, RunDamaged
from core.store.checkpoints import Checkpoints
from core.store.control import Control
from core.store.rows import RunReader

WATCHED = "watched"
RACE = "race"
RUN_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,80}")
ONLY_SHOWN = (
    "This run is only shown to you: what takes long to work out is here as soon as its owner has asked for it. Ask it of a run "
    "of your own."
)
KEPT_BACK = "A part of this recipe is kept back until the exercise ends."


def nothing(run: Run) -> tuple[str, ...]:
    """Keeps nothing of a run back."""
    return ()


class Run:
    """One run's folder: recipe.json, limits.json, run.db, control.db, checkpoints/, attributions/, log.txt.

    One that is `read_only` belongs to somebody else: it can be looked at, and refuses every command and label. One that is
    `shown` is no more than shown: nothing is computed of it anew where that takes long, and its files go nowhere.
    `keeps_back` tells which settings of its recipe are not shown to whoever looks, as dotted paths.
    """

    def __init__(
        self,
        path: Path,
        *,
        read_only: bool = False,
        shown: bool = False,
        keeps_back: Callable[[Run], tuple[str, ...]] = nothing,
    ) -> None:
        self.path, self.read_only, self.shown, self._keeps_back = path, read_only, shown, keeps_back
        self.id = path.name
        self.control = Control(path / "control.db", read_only=read_only)
        self.checkpoints = Checkpoints(path / "checkpoints")

    @property
    def database(self) -> Path:
        """The file the trainer writes."""
        return self.path / "run.db"

    @property
    def home(self) -> Path:
        """The folder of the workspace that it lies in, whose uploads it was trained on."""
        return self.path.parent.parent

    @property
    def attributions(self) -> Path:
        """The folder of core.explain.records; in a race it has one folder for each member recorded, named by its number."""
        return self.path / "attributions"

    @property
    def log(self) -> Path:
        """What the trainer printed."""
        return self.path / "log.txt"

    def document(self) -> dict[str, Any]:
        """The recipe as a plain document, without what is kept back.

        Raises:
            RunDamaged: when recipe.json is missing or unreadable.
        """
        found = self.whole_document()
        for path in self.kept_back:
            section, _, name = path.partition(".")
            if isinstance(found.get(section), dict):
                found[section].pop(name, None)
        return found

    def whole_document(self) -> dict[str, Any]:
        """The recipe with what is kept back: for training and judging, not for showing.

        Raises:
            RunDamaged: when recipe.json is missing or unreadable.
        """
        try:
            found = json.loads((self.path / "recipe.json").read_text())
        except (OSError, ValueError):
            raise RunDamaged(
                f"Run {self.id} is damaged: its recipe can't be read. Delete it, or restore recipe.json."
            ) from None
        if not isinstance(found, dict):
            raise RunDamaged(f"Run {self.id} is damaged: its recipe is not a table. Delete it, or restore recipe.json.")
        return found

    @functools.cached_property
    def kept_back(self) -> tuple[str, ...]:
        """Settings of the recipe that are not shown to whoever looks."""
        return self._keeps_back(self)

    def must_be_own(self, done: str) -> None:
        """Raise NotAllowed where the run is somebody else's; `done` says what would be done with it."""
        if self.read_only:
            raise NotAllowed(f"This run is somebody else's: you can look at it, but not {done} it.")

    def must_not_cost(self) -> None:
        """Raise NotAllowed where the run is only shown, so that nothing that takes long is computed of it anew."""
        if self.shown:
            raise NotAllowed(ONLY_SHOWN)

    def must_be_whole(self, done: str) -> None:
        """Raise NotAllowed where something of the recipe is kept back, which `done` would tell or leave out."""
        if self.kept_back:
            raise NotAllowed(f"{KEPT_BACK} Then you can {done}.")

    @property
    def is_race(self) -> bool:
        """Whether it is a race of several lanes, whose document is core.race.recipe's."""
        return self.id.startswith(f"{RACE}-")

    @property
    def watched(self) -> bool:
        """Whether a loop outside of this program records it (gradclinic.watch): it has no recipe and obeys no command."""
        try:
            return self.document().get("kind") == WATCHED
        except RunDamaged:
            return False

    def origin(self) -> dict[str, Any]:
        """Where a forked run came from: {"run", "step"}; empty for others."""
        return self._table("origin.json")

    def limits(self) -> dict[str, Any]:
        """What its trainer may use, as core.train.limits reads it; empty for no limits."""
        return self._table("limits.json")

    def _table(self, name: str) -> dict[str, Any]:
        try:
            found = json.loads((self.path / name).read_text())
            return found if isinstance(found, dict) else {}
        except (OSError, ValueError):
            return {}

    def reader(self) -> RunReader | None:
        """A reader of the recorded rows, or None when nothing was recorded yet.

        Raises:
            RunDamaged: when run.db can't be read.
        """
        try:
            return RunReader(self.database)
        except FileNotFoundError:
            return None
        except sqlite3.OperationalError as error:
            if "no such table" in str(error):  # the trainer is just creating it
                return None
            raise RunDamaged(f"Run {self.id} is damaged: its records can't be read ({error}).") from None
        except sqlite3.DatabaseError as error:
            raise RunDamaged(f"Run {self.id} is damaged: its records can't be read ({error}).") from None
