"""The queue of runs that wait for a trainer: one small file each, so that it outlives the server. No torch.

Order: a run without an owner (the machine's own user, or the teacher) goes first; among the others the next is always
one of whoever has fewest runs in training, then of whoever has used the trainers for the shortest time, then the oldest.
Nobody with an owner's name gets a second trainer while `MOST_EACH` are running for them.
"""

from __future__ import annotations

import contextlib
import json
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from core.store.files import write_text
from core.store.process import ProcessIdentity
from core.store.workspace import Run

MOST_EACH = 1


@dataclass(frozen=True)
class Waiting:
    """A run that waits: its folder, whose it is ("" for the machine's own user) and since when (seconds of the epoch)."""

    path: Path
    owner: str
    since: float

    @property
    def run_id(self) -> str:
        """The run's id."""
        return self.path.name


def fair_order(
    waiting: Sequence[Waiting], running: Mapping[str, int], used: Mapping[str, float] | None = None
) -> list[Waiting]:
    """All of `waiting`, the next to start first.

    `running` says how many trainers work for each owner, `used` for how many seconds they did so far. Whoever got a place
    counts as having one run more for the places after it, so that owners take turns.
    """
    left, having, order = sorted(waiting, key=lambda one: (one.since, one.run_id)), Counter(running), list[Waiting]()
    spent = used or {}
    while left:
        following = min(left, key=lambda one: (bool(one.owner), having[one.owner], spent.get(one.owner, 0.0)))
        left.remove(following)
        having[following.owner] += bool(following.owner)
        order.append(following)
    return order


class Queue:
    """The files of one queue: ID.waiting, ID.running, and the seconds that each owner's trainers took."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def put(self, run: Run, owner: str) -> None:
        """Let a run wait; one that waits already keeps its place."""
        if not self._file(run.id, "waiting").exists():
            self._write(run.id, "waiting", {"time": time.time(), "owner": owner, "run": str(run.path)})

    def withdraw(self, run_id: str) -> None:
        """Take a waiting run out again."""
        self._file(run_id, "waiting").unlink(missing_ok=True)

    def start(self, run_id: str, owner: str, process: ProcessIdentity) -> None:
        """Note that a waiting run got its trainer."""
        self._write(run_id, "running", {**asdict(process), "owner": owner, "started": time.time()})
        self.withdraw(run_id)

    def running(self) -> dict[str, str]:
        """Runs whose trainer lives, with the owner of each; the others are forgotten, and their time is added up."""
        alive: dict[str, str] = {}
        for path in self.folder.glob("*.running"):
            with contextlib.suppress(OSError, ValueError, TypeError, KeyError):
                found = json.loads(path.read_text())
                owner, started = str(found.pop("owner", "")), float(found.pop("started", 0.0))
                if ProcessIdentity(**found).alive():
                    alive[path.stem] = owner
                    continue
                if owner and started:
                    self._add_time(owner, time.time() - started)
            path.unlink(missing_ok=True)
        return alive

    def waiting(self) -> list[Waiting]:
        """Every waiting run, the next to start first."""
        return fair_order(self._entries(), Counter(self.running().values()), self.used())

    def startable(self, cap: int) -> list[Waiting]:
        """Those of the waiting that may start now where `cap` trainers may run in all."""
        having, found = Counter(self.running().values()), list[Waiting]()
        room = cap - having.total()
        for one in fair_order(self._entries(), having, self.used()) if room > 0 else ():
            if len(found) < room and (not one.owner or having[one.owner] < MOST_EACH):
                having[one.owner] += 1
                found.append(one)
        return found

    def _entries(self) -> list[Waiting]:
        found = []
        for path in self.folder.glob("*.waiting"):
            with contextlib.suppress(OSError, ValueError, TypeError):
                entry = json.loads(path.read_text())
                if isinstance(entry, dict):
                    folder = Path(entry.get("run") or self.folder.parent / "runs" / path.stem)
                    found.append(Waiting(folder, str(entry.get("owner", "")), float(entry.get("time", 0.0))))
        return found

    def used(self) -> dict[str, float]:
        """Seconds of training that each owner has had."""
        try:
            found = json.loads((self.folder / "used.json").read_text())
            return {str(owner): float(seconds) for owner, seconds in found.items()}
        except (OSError, ValueError, TypeError, AttributeError):
            return {}

    def _add_time(self, owner: str, seconds: float) -> None:
        write_text(self.folder / "used.json", json.dumps({**self.used(), owner: self.used().get(owner, 0.0) + seconds}))

    def _file(self, run_id: str, state: str) -> Path:
        return self.folder / f"{run_id}.{state}"

    def _write(self, run_id: str, state: str, entry: dict[str, object]) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        write_text(self._file(run_id, state), json.dumps(entry))
