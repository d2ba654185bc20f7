"""What one run of a class recorded, with the time of the clock for every point, so that a class can be shown again."""

from __future__ import annotations

import math
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from core.diagnosis.of_run import diagnosis_of
from core.errors import ClinicError
from core.runtime.decimate import decimate, non_finite_ranges
from core.store.rows import Event, Rows, RunReader
from core.store.summaries import summary
from core.store.workspace import Run

POINTS = 120
SCORES = ("val_accuracy", "val_r2", "val_loss")
"""What runs are compared by: the first of them that was recorded. Only of the last one less is better."""


@dataclass(frozen=True)
class Curve:
    """A recorded series, thinned with its extremes kept: seconds of the epoch, steps and values, oldest first.

    A value is NaN at the beginning of every stretch of NaN or infinite ones.
    """

    time: tuple[float, ...] = ()
    step: tuple[int, ...] = ()
    value: tuple[float, ...] = ()


@dataclass(frozen=True)
class RunRecord:
    """One run. `metric` is the validation metric it is judged by, `final` its last value (None: never evaluated).

    `findings` are those of core.diagnosis worse than a note, the most likely cause first, each with the "time" at which its
    evidence begins. `changes` are settings changed while it trained, with their last values. `status` is "gone" for a run
    that was deleted.
    """

    id: str
    name: str = ""
    status: str = "gone"
    reason: str = ""
    document: Mapping[str, Any] = field(default_factory=dict)
    steps: int = 0
    total_steps: int = 0
    seconds: float = 0.0
    metric: str = ""
    final: float | None = None
    best: float | None = None
    loss: Curve = field(default_factory=Curve)
    score: Curve = field(default_factory=Curve)
    findings: tuple[Mapping[str, Any], ...] = ()
    changes: Mapping[str, Any] = field(default_factory=dict)


def record_of(run: Run) -> RunRecord:
    """What `run` recorded; of a damaged one, or a race, what can be told. Never raises on damage."""
    found = summary(run)
    record = RunRecord(
        run.id, found.name, found.status, found.reason, {}, found.steps, found.total_steps, found.seconds
    )
    if run.is_race or found.status == "damaged":
        return record
    try:
        document = run.document()
        reader = run.reader()
        loss, metric, score, changes = _series(reader) if reader else (Curve(), "", Curve(), {})
        findings = tuple(_at(one, loss) for one in diagnosis_of(run)["findings"] if one["severity"] != "info")
    except (ClinicError, sqlite3.Error, KeyError, ValueError, IndexError) as error:
        return RunRecord(run.id, found.name, "damaged", str(error))
    final = score.value[-1] if score.value else None
    better = min if metric == "val_loss" else max
    finite = [value for value in score.value if math.isfinite(value)]
    return RunRecord(
        run.id, found.name, found.status, found.reason, document, found.steps, found.total_steps, found.seconds,
        metric, final, better(finite) if finite else None, loss, score, findings, changes,
    )  # fmt: skip


def _series(reader: RunReader) -> tuple[Curve, str, Curve, dict[str, Any]]:
    """The training loss, the metric's name, its values, and what was changed while it trained."""
    try:
        columns, attempts, events = reader.streams(), reader.attempts(), reader.events()
        steps, evaluated = reader.rows("step").newest(), reader.rows("evaluation").newest()
    finally:
        reader.close()
    changes = {str(e.data["setting"]): e.data["after"] for e in events if e.kind in ("changed", "extended")}
    times = wall_times(steps, attempts, events)
    loss = Curve()
    if len(steps) and "loss" in columns["step"]:
        loss = thinned(times, steps.step, steps.values[:, columns["step"].index("loss")])
    names = columns.get("evaluation", [])
    metric = next((name for name in SCORES if name in names), "")
    if not metric or not len(evaluated):
        return loss, metric, Curve(), changes
    own = wall_times(evaluated, attempts, events)
    at = np.interp(evaluated.step, steps.step, times) if len(steps) else own
    return loss, metric, thinned(at, evaluated.step, evaluated.values[:, names.index(metric)]), changes


def wall_times(rows: Rows, attempts: Sequence[Mapping[str, Any]], events: Sequence[Event]) -> np.ndarray:
    """When each row was recorded, (n,) float64 seconds of the epoch.

    Rows carry seconds of training, which stand still in a pause; the run's events carry both a step and the time of the
    clock. So a row is as long after the newest event before it as it trained since, and never later than the next event.

    Args:
        rows: in order, each step once.
        attempts: as RunReader.attempts gives them.
        events: the run's history.
    """
    times = np.zeros(len(rows))
    for attempt in attempts:
        own = rows.attempt == attempt["attempt"]
        if not own.any():
            continue
        step, seconds = rows.step[own], rows.seconds[own]
        marks = [(int(attempt["from_step"]), float(attempt["started"]))]
        marks += [(e.step, e.time) for e in events if e.attempt == attempt["attempt"]]
        marks.sort(key=lambda mark: (mark[0], mark[1]))
        at, clock = np.array([mark[0] for mark in marks]), np.array([mark[1] for mark in marks])
        place = np.maximum(np.searchsorted(at, step, side="left") - 1, 0)
        since = seconds - np.interp(at, step, seconds)[place]
        following = np.append(clock, np.inf)[place + 1]
        times[own] = np.minimum(clock[place] + np.maximum(since, 0.0), following)
    return np.maximum.accumulate(times) if len(times) else times


def thinned(times: np.ndarray, steps: np.ndarray, values: np.ndarray, points: int = POINTS) -> Curve:
    """At most about `points` of a series: its look, its extremes, and where it stops being finite."""
    good = np.isfinite(values)
    kept = np.flatnonzero(good)[decimate(steps[good], values[good].astype(np.float32), points)] if good.any() else []
    lost = [int(np.searchsorted(steps, first)) for first, *_ in non_finite_ranges(steps, values)][:points]
    where = sorted({*map(int, kept), *lost})
    return Curve(
        tuple(round(float(times[i]), 2) for i in where),
        tuple(int(steps[i]) for i in where),
        tuple(float(values[i]) if good[i] else math.nan for i in where),
    )


def _at(finding: Mapping[str, Any], loss: Curve) -> dict[str, Any]:
    """A finding with the time at which its evidence begins."""
    time = float(np.interp(finding["first_step"], loss.step, loss.time)) if loss.time else 0.0
    return {"name": finding["name"], "severity": finding["severity"], "sentence": finding["sentence"], "time": time}
