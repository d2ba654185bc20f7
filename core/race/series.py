"""What the charts of a race show, kept up to date from its rows. No torch."""

from __future__ import annotations

from typing import Any

import numpy as np

from core.optim.catalogue import OPTIMIZERS
from core.race.members import STAGES, lane_state_of, member_of, recipe_of
from core.race.recipe import Race
from core.race.windows import COLUMNS
from core.runtime.documents import event_document
from core.runtime.series import NewAttempt
from core.store.rows import Event, RunReader


class RaceSeries:
    """Reads a race incrementally; `advance` takes in new rows, `snapshot` says how everything looks now.

    Each member has at most windows.WINDOWS rows, so nothing is thinned.

    Args:
        reader: stays open as long as this object is used, and is not closed by it.
        race: the race as it was started.
    """

    def __init__(self, reader: RunReader, race: Race) -> None:
        self.reader, self.race = reader, race
        self.events: list[Event] = []
        self._attempts = len(reader.attempts())
        self._meta: dict[str, Any] = {}
        self._facts: dict[str, Any] = {}
        self._lines: dict[str, dict[str, dict[str, np.ndarray]]] = {"curve": {}, "evaluation": {}}
        self._cursor: dict[str, tuple[int, int]] = {}
        self._through: set[int] = set()

    def advance(self) -> dict[str, Any] | None:
        """Take in what was recorded since the last call and return it; None when nothing is new.

        Raises:
            NewAttempt: make a new RaceSeries and read again.
            sqlite3.Error: when the file can't be read.
        """
        meta = self.reader.meta()
        if len(self.reader.attempts()) != self._attempts:
            raise NewAttempt
        doc: dict[str, Any] = {}
        for member in meta.get("members", []):
            number = member["number"]
            if member["stage"] != "race" or number in self._through:
                continue
            for kind, lines in self._lines.items():
                news = self._read(f"{kind}/{number}", kind)
                if news:
                    doc.setdefault(kind, {})[str(number)] = news
                    known = lines.get(str(number))
                    lines[str(number)] = {k: np.concatenate([known[k], v]) for k, v in news.items()} if known else news
        self._through = {number for number in meta.get("ended", []) if f"curve/{number}" in self._cursor}
        if meta != self._meta:
            self._meta = meta
            facts = self._describe()
            if facts != self._facts:
                self._facts = facts
                doc["race"] = facts
        events = self.reader.events(self.events[-1].id if self.events else 0)
        if events:
            self.events += events
            doc["events"] = [event_document(event) for event in events]
        return doc or None

    def snapshot(self, points: int = 0) -> dict[str, Any]:
        """Everything the charts need."""
        del points
        return {
            "race": self._facts,
            "curve": self._lines["curve"],
            "evaluation": self._lines["evaluation"],
            "events": [event_document(event) for event in self.events],
        }

    def _read(self, stream: str, kind: str) -> dict[str, np.ndarray] | None:
        after = self._cursor.get(stream, (-1, -1))
        rows = self.reader.rows(stream, after)
        if not len(rows):
            return None
        self._cursor[stream] = int(rows.attempt[-1]), int(rows.step[-1])
        rows = rows.newest()
        names = COLUMNS if kind == "curve" else self.reader.streams()[stream]
        shown = {
            name: rows.values[:, i]
            for i, name in enumerate(names)
            if kind == "curve" or name.startswith(("val_", "train_"))
        }
        return {"step": rows.step, "seconds": rows.seconds, **shown}

    def _describe(self) -> dict[str, Any]:
        """Lanes, members and grid, for the browser."""
        race, meta = self.race, self._meta
        lanes = [lane_state_of(one) for one in meta.get("lanes", [])]
        members = [member_of(one) for one in meta.get("members", [])]
        costs, facts, failed = meta.get("costs", {}), meta.get("facts", {}), meta.get("failed", {})
        described = []
        for number, lane in enumerate(lanes):
            mine = [m for m in members if m.lane == number and m.stage == "race"]
            recipe = recipe_of(race, lane, mine[0]) if mine else race.recipe(lane.lane)
            described.append({
                "name": lane.lane.name,
                "state": lane.state,
                "tuned": lane.lane.tuned,
                "optimizer": OPTIMIZERS[recipe.optim.key].label,
                "lr": recipe.optim.lr,
                "racing": bool(mine),
                **{key: costs.get(str(number), {}).get(key) for key in ("step_ms", "state_bytes")},
            })  # fmt: skip
        return {
            "score": race.score,
            "tasks": [race.task_name(task) for task in range(len(race.tasks))],
            "lanes": described,
            "stages": [stage for stage in STAGES if any(member.stage == stage for member in members)],
            "members": [
                {
                    "number": m.number,
                    "task": m.task,
                    "lane": m.lane,
                    "seed": m.seed,
                    "failed": failed.get(str(m.number)),
                    **{
                        k: facts.get(str(m.number), {}).get(k) for k in ("batch_size", "steps_per_epoch", "total_steps")
                    },
                }
                for m in members
                if m.stage == "race"
            ],
        }
