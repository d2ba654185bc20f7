"""Where every run of an exercise stands: its curve, its figures, and what is the matter with it. Reads only; no torch.

The wall asks every two seconds about as many runs as there are students, so what an ended run came to is kept, and of one
that trains only the new rows are read.
"""

from __future__ import annotations

import functools
import math
import os
import sqlite3
import threading
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from core.classroom.events import Exercise, StartedRun
from core.classroom.locks import opened
from core.classroom.workspaces import ClassWorkspaces
from core.diagnosis.of_run import diagnosis_of
from core.errors import RunDamaged
from core.recipe.paths import is_open
from core.runtime.decimate import decimate, non_finite_ranges
from core.store.rows import Rows, RunReader
from core.store.status import run_status
from core.store.summaries import ENDED, Stamp, stamp_of
from core.store.workspace import Run

POINTS = 90
FRESH_SECONDS = 1.0
UNTIL_WRITTEN = (*ENDED, "queued")
"""States that a run leaves only when somebody writes to its files; the others rest on a process as well."""
SCORES = ("val_accuracy", "val_r2", "val_loss")
"""What runs are compared by: the first of them that is recorded."""
FIGURES = ("optim.lr", "train.batch_size", "train.epochs")
"""Settings that every wall can be drawn over, besides those that the exercise leaves open."""


@dataclass(frozen=True)
class Curve:
    """A training loss thinned for a small picture: `x` steps, `y` losses, all finite, spikes kept.

    `lost` are the steps at which a stretch of NaN or infinite losses begins.
    """

    x: tuple[int, ...] = ()
    y: tuple[float, ...] = ()
    lost: tuple[int, ...] = ()


@dataclass(frozen=True)
class Standing:
    """One run of an exercise.

    `settings` holds the numbers in its recipe by dotted path, as they were changed last; `scores` the last evaluation's
    validation metrics, NaN included; `finding` is the name of the rule that says what is wrong, with its sentence;
    `altered` are locked settings that were changed while it trained, so that it is no fair copy.
    """

    run: str
    who: str
    nickname: str
    started: float
    status: str = "queued"
    reason: str = ""
    steps: int = 0
    total_steps: int = 0
    settings: Mapping[str, float] = field(default_factory=dict)
    curve: Curve = field(default_factory=Curve)
    scores: Mapping[str, float] = field(default_factory=dict)
    finding: str = ""
    sentence: str = ""
    altered: tuple[str, ...] = ()

    @property
    def metric(self) -> str:
        """The metric it is compared by; empty before the first evaluation."""
        return next((name for name in SCORES if name in self.scores), "")

    @property
    def score(self) -> float | None:
        """The last value of that metric; None before the first evaluation."""
        return self.scores.get(self.metric)


@dataclass
class _Known:
    """What is remembered of one run: the state of its files, the standing, and all losses so far while it trains."""

    stamp: Stamp
    standing: Standing
    losses: Rows | None = None


class Standings:
    """Where the runs of a class stand. Methods can be called from any thread."""

    def __init__(self, workspaces: ClassWorkspaces) -> None:
        self._workspaces = workspaces
        self._known: dict[str, _Known] = {}
        self._lists: dict[str, tuple[float, tuple[StartedRun, ...], list[Standing]]] = {}
        self._lock = threading.Lock()

    def of(self, exercise: Exercise) -> list[Standing]:
        """Every run of `exercise` by those who are in the class, in the order in which they were started.

        At most FRESH_SECONDS old, so that thirty pages drawn at once cost as much as one. Deleted runs are left out.
        """
        with self._lock:
            runs = self._workspaces.room.state.runs
            kept = self._lists.get(exercise.id)
            if kept is None or kept[1] is not runs or time.monotonic() - kept[0] > FRESH_SECONDS:
                found = [self._standing(one, exercise) for one in runs if one.exercise == exercise.id]
                kept = (time.monotonic(), runs, [one for one in found if one])
                self._lists[exercise.id] = kept
        return [one for one in kept[2] if not self._workspaces.room.state.members[one.who].kicked]

    def newest(self, exercise: Exercise) -> dict[str, Standing]:
        """Each student's newest run of `exercise` by member id; those without one are not in it."""
        return {one.who: one for one in self.of(exercise)}

    def of_member(self, exercise: Exercise, member: str) -> list[Standing]:
        """The runs of one student, newest first, as they are at this moment."""
        with self._lock:
            own = [one for one in self._workspaces.room.state.runs if (one.exercise, one.who) == (exercise.id, member)]
            return [found for one in reversed(own) if (found := self._standing(one, exercise))]

    def _standing(self, started: StartedRun, exercise: Exercise) -> Standing | None:
        member = self._workspaces.room.state.members.get(started.who)
        path = self._workspaces.folder / started.who / "runs" / started.run
        if member is None or not os.path.isdir(path):
            self._known.pop(started.run, None)
            return None
        run = Run(path, read_only=True)
        stamp, known = stamp_of(run), self._known.get(started.run)
        if known and known.stamp == stamp and known.standing.status in UNTIL_WRITTEN:
            return known.standing
        status = run_status(run)
        if known and known.stamp == stamp:
            known.standing = replace(known.standing, status=status.word, reason=status.reason)
            return known.standing
        known = known or _Known(stamp, Standing(started.run, started.who, member.nickname, started.time))
        known.stamp = stamp
        known.standing = replace(
            known.standing,
            status=status.word,
            reason=status.reason,
            steps=int(status.state.get("step", 0)),
            total_steps=int(status.state.get("total_steps", 0)),
        )
        try:
            known.standing = replace(known.standing, **self._recorded(run, known, exercise))
            if status.state.get("findings"):
                finding, sentence = _matter(run)
                known.standing = replace(known.standing, finding=finding, sentence=sentence)
        except (RunDamaged, sqlite3.Error) as error:
            known.standing = replace(known.standing, status="damaged", reason=str(error))
        if known.standing.status in ENDED:
            known.losses = None
        self._known[started.run] = known
        return known.standing

    def _recorded(self, run: Run, known: _Known, exercise: Exercise) -> dict[str, Any]:
        """Curve, scores, settings and live changes of a run.

        Raises:
            RunDamaged, sqlite3.Error: when its files can't be read.
        """
        settings = dict(known.standing.settings) or numbers_of(run.document())
        reader = run.reader()
        if reader is None:
            return {"settings": settings}
        try:
            columns = reader.streams()
            known.losses = _grown(known.losses, reader)
            last = reader.rows("evaluation").newest()
            changes = [event for event in reader.events() if event.kind in ("changed", "extended")]
        finally:
            reader.close()
        names = columns.get("evaluation", [])
        scores = {name: float(last.values[-1, names.index(name)]) for name in SCORES if name in names and len(last)}
        for event in changes:
            settings[str(event.data["setting"])] = float(event.data["after"])
        free = opened(exercise, run.document()) if changes else ()
        altered = {str(event.data["setting"]) for event in changes if not is_open(str(event.data["setting"]), free)}
        return {
            "settings": settings,
            "curve": thinned(known.losses.newest()),
            "scores": scores,
            "altered": tuple(sorted(altered)),
        }


def _matter(run: Run) -> tuple[str, str]:
    """Name and sentence of the most likely cause among a run's findings, or of the first that is more than a note."""
    found = diagnosis_of(run)["findings"]
    serious = [one for one in found if one["severity"] != "info"]
    chosen = next((one for one in serious if one["role"] == "cause"), serious[0] if serious else None)
    return (chosen["name"], chosen["sentence"]) if chosen else ("", "")


def _grown(before: Rows | None, reader: RunReader) -> Rows:
    """All losses: those read `before` and what was recorded since; `values` are (n, 1)."""
    after = (int(before.attempt[-1]), int(before.step[-1])) if before is not None and len(before) else (-1, -1)
    found = reader.rows("step", after=after)
    place = reader.streams().get("step", ["loss"]).index("loss")
    new = Rows(found.attempt, found.step, found.seconds, found.values[:, place : place + 1].copy())
    if before is None or not len(before):
        return new
    if not len(new):
        return before
    return Rows(
        np.concatenate([before.attempt, new.attempt]),
        np.concatenate([before.step, new.step]),
        np.concatenate([before.seconds, new.seconds]),
        np.concatenate([before.values, new.values]),
    )


def thinned(losses: Rows) -> Curve:
    """The curve of recorded losses; `losses.values` (n, 1) may hold NaN and infinities."""
    if not len(losses):
        return Curve()
    values = losses.values[:, 0]
    good = np.isfinite(values)
    x, y = losses.step[good], values[good]
    kept = decimate(x, y, POINTS)
    lost = [first for first, *_ in non_finite_ranges(losses.step, values)]
    return Curve(tuple(map(int, x[kept])), tuple(map(float, y[kept])), tuple(lost[:POINTS]))


def numbers_of(document: Mapping[str, Any]) -> dict[str, float]:
    """The numbers in a recipe's document by dotted path, switches left out."""
    return {
        f"{section}.{name}": float(value)
        for section, table in document.items()
        if isinstance(table, Mapping)
        for name, value in table.items()
        if isinstance(value, int | float) and not isinstance(value, bool)
    }


def axes(standings: Iterable[Standing], exercise: Exercise) -> list[str]:
    """Settings that the wall can be drawn over: FIGURES, and the open ones in which the runs differ."""
    values: dict[str, set[float]] = {}
    for one in standings:
        for path, value in one.settings.items():
            values.setdefault(path, set()).add(value)
    differing = [path for path, found in sorted(values.items()) if len(found) > 1 and is_open(path, opened(exercise))]
    return list(dict.fromkeys([*FIGURES, *differing]))


def higher_is_better(metric: str) -> bool:
    """Whether more of `metric` (one of SCORES) is better."""
    return metric != "val_loss"


def ranking(standings: Iterable[Standing]) -> list[Standing]:
    """The best run of every student, best first.

    Only runs that are done, kept to the locks and ended with a finite score count; of two equal ones the earlier comes
    first. All are compared by the metric that most of them have.
    """
    ended = [one for one in standings if one.status == "done" and not one.altered and one.metric]
    names = [one.metric for one in ended]
    metric = max(SCORES, key=names.count)
    sign = -1 if higher_is_better(metric) else 1
    fit = [one for one in ended if math.isfinite(one.scores.get(metric, math.nan))]
    best: dict[str, Standing] = {}
    for one in sorted(fit, key=lambda one: (sign * one.scores[metric], one.started)):
        best.setdefault(one.who, one)
    return list(best.values())


@functools.lru_cache(maxsize=4)
def standings_of(workspaces: ClassWorkspaces) -> Standings:
    """The standings of a class: one object for all pages, so that what one has read serves the others."""
    return Standings(workspaces)
