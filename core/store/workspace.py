"""The workspace: a folder with every run, upload and trashed run of one user or class."""

from __future__ import annotations

import functools
import json
import os
import re
import secrets
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from core.errors import ClinicError, UnknownRun
from core.store.admission import Admission
from core.store.control import Control
from core.store.files import write_text
from core.store.run import RACE, RUN_ID, WATCHED, Run, nothing

HOME_VARIABLE = "GRADCLINIC_HOME"
__all__ = ["HOME_VARIABLE", "RACE", "RUN_ID", "WATCHED", "Run", "Workspace", "default_home"]


def default_home() -> Path:
    """The workspace folder: $GRADCLINIC_HOME, else ~/.gradclinic."""
    return Path(os.environ.get(HOME_VARIABLE) or Path.home() / ".gradclinic").expanduser()


class Workspace:
    """All runs under `home`; folders are created when first needed.

    In a class everybody has a workspace of their own. `owner` is whose it is, `queue` the folder in which all of them wait
    for trainers, `admission` what decides about a new run (see Admission), `lent` finds a run of somebody else that may be
    looked at, and `keeps_back` tells which settings of a run are not shown (see Run).
    """

    def __init__(
        self,
        home: Path | None = None,
        *,
        owner: str = "",
        queue: Path | None = None,
        admission: Admission | None = None,
        lent: Callable[[str], Run | None] = lambda run_id: None,
        keeps_back: Callable[[Run], tuple[str, ...]] = nothing,
    ) -> None:
        self.home = (home or default_home()).absolute()
        self.runs_folder = self.home / "runs"
        self.trash_folder = self.home / "trash"
        self.queue_folder = queue or self.home / "queue"
        self.owner, self.admission, self.lent, self.keeps_back = owner, admission, lent, keeps_back

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
        run = self._own(f"{kind}{time.strftime('%Y%m%d-%H%M%S')}-{slug}-{secrets.token_hex(3)}")
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
            if (self.runs_folder / run_id).is_dir():
                return self._own(run_id)
            if lent := self.lent(run_id):
                return lent
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
        yield from (self._own(name) for name in names if RUN_ID.fullmatch(name))

    def _own(self, run_id: str) -> Run:
        return Run(self.runs_folder / run_id, keeps_back=self.keeps_back)

    def trash(self, run_id: str) -> None:
        """Move a run to the trash, from where `restore` brings it back."""
        run = self.run(run_id)
        run.must_be_own("delete")
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
