"""The workspace: a folder with every run, upload and trashed run of one user or class."""

from __future__ import annotations

import functools
import json
import os
import re
import secrets
import shutil
import sqlite3
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from core.errors import ClinicError, NotAllowed, RunDamaged, UnknownRun
from core.store.admission import Admission
from core.store.checkpoints import Checkpoints
from core.store.control import Control
from core.store.files import write_text
from core.store.rows import RunReader

HOME_VARIABLE = "GRADCLINIC_HOME"
WATCHED = "watched"
RACE = "race"
RUN_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,80}")


def default_home() -> Path:
    """The workspace folder: $GRADCLINIC_HOME, else ~/.gradclinic."""
    return Path(os.environ.get(HOME_VARIABLE) or Path.home() / ".gradclinic").expanduser()


class Run:
    """One run's folder: recipe.json, limits.json, run.db, control.db, checkpoints/, attributions/, log.txt.

    One that is `read_only` belongs to somebody else: it can be looked at, and refuses every command and label.
    """

    def __init__(self, path: Path, *, read_only: bool = False) -> None:
        self.path, self.read_only = path, read_only
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
        """The recipe as a plain document.

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


class Workspace:
    """All runs under `home`; folders are created when first needed.

    In a class everybody has a workspace of their own. `owner` is whose it is, `queue` the folder in which all of them wait
    for trainers, `admission` what decides about a new run (see Admission), and `lent` finds the folder of a run of somebody
    else that may be looked at.
    """

    def __init__(
        self,
        home: Path | None = None,
        *,
        owner: str = "",
        queue: Path | None = None,
        admission: Admission | None = None,
        lent: Callable[[str], Path | None] = lambda run_id: None,
    ) -> None:
        self.home = (home or default_home()).absolute()
        self.runs_folder = self.home / "runs"
        self.trash_folder = self.home / "trash"
        self.queue_folder = queue or self.home / "queue"
        self.owner, self.admission, self.lent = owner, admission, lent

    def create(self, document: dict[str, Any], *, key: str | None = None, origin: dict[str, Any] | None = None) -> Run:
        """Create a run from a recipe document. The same `key` again returns the run that it created before.

        Raises:
            NotAllowed, LimitReached: when it is not let in.
        """
        self.runs_folder.mkdir(parents=True, exist_ok=True)
        if key is not None and (known := self._claim(key)):
            return self.run(known)
        try:
            make = functools.partial(self._make, document, origin or {})
            run = self.admission.admit(document, make) if self.admission else make({})
        except ClinicError:
            if key is not None:
                self._claim_file(key).unlink(missing_ok=True)
            raise
        if key is not None:
            write_text(self._claim_file(key), run.id)
        return run

    def _make(self, document: dict[str, Any], origin: dict[str, Any], limits: dict[str, Any]) -> Run:
        kind = f"{RACE}-" if document.get("kind") == RACE else ""
        slug = re.sub(r"[^a-z0-9]+", "-", str(document.get("name", "")).lower()).strip("-")[:32] or "run"
        run = Run(self.runs_folder / f"{kind}{time.strftime('%Y%m%d-%H%M%S')}-{slug}-{secrets.token_hex(3)}")
        staging = self.runs_folder / f".{run.id}.new"
        (staging / "checkpoints").mkdir(parents=True)
        write_text(staging / "recipe.json", json.dumps(document, indent=2))
        for name, table in (("origin.json", origin), ("limits.json", limits)):
            if table:
                write_text(staging / name, json.dumps(table))
        Control(staging / "control.db").set_labels(
            name=document.get("name", "Untitled"), created=time.time(), owner=self.owner
        )
        os.replace(staging, run.path)
        return run

    def _claim_file(self, key: str) -> Path:
        return self.home / "requests" / re.sub(r"[^A-Za-z0-9_-]", "", key)[:80]

    def _claim(self, key: str) -> str | None:
        """Reserve `key`; return the run id if another call has already created the run for it."""
        path = self._claim_file(key)
        path.parent.mkdir(exist_ok=True)
        try:
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY))
            return None
        except FileExistsError:
            for _ in range(200):
                if text := path.read_text().strip():
                    return text
                time.sleep(0.02)
            return None  # the one who reserved it died before creating the run

    def run(self, run_id: str) -> Run:
        """The run of that id.

        Raises:
            UnknownRun: when there is none.
        """
        if RUN_ID.fullmatch(run_id):
            if (path := self.runs_folder / run_id).is_dir():
                return Run(path)
            if lent := self.lent(run_id):
                return Run(lent, read_only=True)
        raise UnknownRun(f"There is no run {run_id[:80]!r} in this workspace; `gradclinic runs` lists them.")

    def must_have_room(self, count: int) -> None:
        """Raise LimitReached or NotAllowed where a file of `count` bytes can't be kept here."""
        if self.admission:
            self.admission.admit_bytes(count)

    def owns(self, run: Run) -> bool:
        """Whether `run` is one of this workspace's own."""
        return run.path.parent == self.runs_folder

    def find(self, text: str) -> Run:
        """The run whose id is `text`, or the only one whose id starts or ends with it; "last" is the newest.

        Raises:
            UnknownRun: when none or several fit.
        """
        if (self.runs_folder / text).is_dir() and RUN_ID.fullmatch(text):
            return self.run(text)
        runs = list(self.runs())
        fitting = (
            runs[:1] if text == "last" else [run for run in runs if run.id.startswith(text) or run.id.endswith(text)]
        )
        if len(fitting) == 1:
            return fitting[0]
        problem = f"{len(fitting)} runs fit {text!r}" if fitting else f"There is no run {text!r} in this workspace"
        raise UnknownRun(f"{problem}; `gradclinic runs` lists them.")

    def runs(self) -> Iterator[Run]:
        """Every run, newest first, without the races."""
        yield from (run for run in self._folders() if not run.is_race)

    def races(self) -> Iterator[Run]:
        """Every race, newest first."""
        yield from (run for run in self._folders() if run.is_race)

    def _folders(self) -> Iterator[Run]:
        try:
            names = sorted((e.name for e in os.scandir(self.runs_folder) if e.is_dir()), reverse=True)
        except FileNotFoundError:
            return
        yield from (Run(self.runs_folder / name) for name in names if RUN_ID.fullmatch(name))

    def trash(self, run_id: str) -> None:
        """Move a run to the trash, from where `restore` brings it back."""
        run = self.run(run_id)
        if not self.owns(run):
            raise NotAllowed("This run is somebody else's: you can look at it, but not delete it.")
        self.trash_folder.mkdir(parents=True, exist_ok=True)
        os.replace(run.path, self.trash_folder / run.id)

    def restore(self, run_id: str) -> Run:
        """Undo `trash`.

        Raises:
            UnknownRun: when the trash has no such run.
        """
        source = self.trash_folder / run_id
        if not RUN_ID.fullmatch(run_id) or not source.is_dir():
            raise UnknownRun(f"The trash holds no run {run_id[:80]!r}.")
        os.replace(source, self.runs_folder / run_id)
        return self.run(run_id)

    def trashed(self) -> list[str]:
        """Ids of the runs in the trash, newest first."""
        if not self.trash_folder.is_dir():
            return []
        return sorted((p.name for p in self.trash_folder.iterdir() if RUN_ID.fullmatch(p.name)), reverse=True)

    def empty_trash(self) -> None:
        """Delete the trashed runs for good."""
        for run_id in self.trashed():
            shutil.rmtree(self.trash_folder / run_id, ignore_errors=True)
