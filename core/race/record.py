"""What a race has recorded, read back: lanes, members, their curves and evaluations. No torch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from core.errors import BadInput
from core.race.members import LaneState, Member, lane_state_of, member_of, recipe_of
from core.race.recipe import Race, parse_race
from core.race.scores import score_name
from core.race.windows import COLUMNS
from core.recipe.parts import Recipe
from core.store.rows import Event, RunReader
from core.store.workspace import Run


@dataclass(frozen=True)
class Series:
    """Rows of one member: `step` (n,), `seconds` (n,) of its own training, and `columns` by name, each (n,) float32."""

    step: np.ndarray
    seconds: np.ndarray
    columns: dict[str, np.ndarray]

    def __len__(self) -> int:
        return len(self.step)


@dataclass(frozen=True)
class RaceRecord:
    """A race as far as it has come. `facts`, `paths`, `batches` and `failed` are by member number, `costs` by lane number."""

    id: str
    race: Race
    lanes: list[LaneState]
    members: list[Member]
    facts: dict[int, dict[str, Any]]
    paths: dict[int, dict[str, Any]]
    batches: dict[int, str]
    failed: dict[int, str]
    ended: set[int]
    costs: dict[int, dict[str, Any]]
    curves: dict[int, Series]
    marks: dict[int, Series]
    events: list[Event]

    def of(self, stage: str, task: int | None = None, lane: int | None = None) -> list[Member]:
        """Members of `stage`, of `task` and `lane` where given, in order of number."""
        return [
            member
            for member in self.members
            if member.stage == stage and task in (None, member.task) and lane in (None, member.lane)
        ]

    def standing(self) -> list[int]:
        """Numbers of the lanes that were not dropped."""
        return [number for number, lane in enumerate(self.lanes) if lane.state != "dropped"]

    def recipe(self, member: Member) -> Recipe:
        """What `member` trains."""
        return recipe_of(self.race, self.lanes[member.lane], member)

    def lane_recipe(self, lane: int, task: int = 0) -> Recipe:
        """What `lane` races with on `task`, with the race's first seed."""
        return self.recipe(Member(-1, "race", task, lane, self.race.base.seed))

    def score_of(self, member: Member) -> str:
        """The name of the metric that decides for `member`."""
        return score_name(self.race.score, self.marks[member.number].columns if member.number in self.marks else ())

    def final(self, member: Member, name: str) -> float:
        """The last evaluation of `member`; NaN where there is none, or training had gone astray."""
        marks = self.marks.get(member.number)
        if marks is None or not len(marks) or name not in marks.columns or self.diverged(member):
            return float("nan")
        return float(marks.columns[name][-1])

    def diverged(self, member: Member) -> bool:
        """Whether its training failed, or its loss was not a finite number in the end."""
        if member.number in self.failed:
            return True
        curve = self.curves.get(member.number)
        return curve is not None and len(curve) > 0 and not np.isfinite(curve.columns["loss"][-1])

    def through(self, member: Member) -> bool:
        """Whether it trained to its end."""
        return member.number in self.ended


def read_race(run: Run) -> RaceRecord:
    """Read all that `run` has recorded.

    Raises:
        BadInput: when it is not a race.
        RunDamaged: when its files can't be read.
    """
    if not run.is_race:
        raise BadInput(f"{run.id} is a run, not a race; `gradclinic show {run.id}` shows it.")
    race = parse_race(run.document())
    reader = run.reader()
    meta = reader.meta() if reader else {}
    try:
        lanes = [lane_state_of(one) for one in meta.get("lanes", [])] or [LaneState(lane) for lane in race.lanes]
        members = [member_of(one) for one in meta.get("members", [])]
        numbers = [member.number for member in members]
        return RaceRecord(
            run.id,
            race,
            lanes,
            members,
            **{name: _numbered(meta, name) for name in ("facts", "paths", "batches", "failed", "costs")},
            ended=set(meta.get("ended", [])),
            curves={number: found for number in numbers if (found := _series(reader, f"curve/{number}"))},
            marks={number: found for number in numbers if (found := _series(reader, f"evaluation/{number}"))},
            events=reader.events() if reader else [],
        )
    finally:
        if reader:
            reader.close()


def _numbered(meta: dict[str, Any], name: str) -> dict[int, Any]:
    return {int(key): value for key, value in meta.get(name, {}).items()}


def _series(reader: RunReader | None, stream: str) -> Series | None:
    if reader is None:
        return None
    rows = reader.rows(stream).newest()
    if not len(rows):
        return None
    names = COLUMNS if stream.startswith("curve/") else reader.streams()[stream]
    return Series(rows.step, rows.seconds, {name: rows.values[:, i] for i, name in enumerate(names)})
