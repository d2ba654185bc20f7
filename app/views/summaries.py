"""One line per run for tables: cheap to make, remembered by the modification times of the run's files."""

from __future__ import annotations

import contextlib
import math
import os
import sqlite3
import threading
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Any

from core.errors import ClinicError, RecipeError
from core.recipe.codec import parse_recipe, to_document
from core.store.status import run_status
from core.store.workspace import Run, Workspace

KEPT = 5_000
FILES = ("run.db", "run.db-wal", "control.db", "recipe.json")
ENDED = ("done", "stopped", "failed", "damaged")
Stamp = tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class RunSummary:
    """What a table shows of a run. `metric` names the best validation metric, `best` is its value (None: none yet)."""

    id: str
    name: str
    status: str
    created: float = 0.0
    dataset: str = ""
    model: str = ""
    optimizer: str = ""
    lr: float | None = None
    steps: int = 0
    total_steps: int = 0
    seconds: float = 0.0
    metric: str = ""
    best: float | None = None
    metrics: dict[str, Any] = field(default_factory=dict)
    tags: tuple[str, ...] = ()
    note: str = ""
    reason: str = ""


_known: OrderedDict[str, tuple[Stamp, RunSummary]] = OrderedDict()
_lock = threading.Lock()


def summaries(workspace: Workspace) -> list[RunSummary]:
    """All runs, newest first; a damaged one is among them with the status "damaged"."""
    return [summary(run) for run in workspace.runs()]


def summary(run: Run) -> RunSummary:
    """The summary of one run. That of an ended run is made again only when one of its files has changed."""
    stamp, name = _stamp(run), str(run.path)
    with _lock:
        known = _known.get(name)
    if known and known[0] == stamp and known[1].status in ENDED:
        return known[1]
    made = _make(run)
    with _lock:
        _known[name] = (stamp, made)
        while len(_known) > KEPT:
            _known.popitem(last=False)
    return made


def _stamp(run: Run) -> Stamp:
    found = []
    for name in FILES:
        try:
            stat = os.stat(run.path / name)
            # a reader leaves an empty -wal behind: that is no change
            found.append((stat.st_mtime_ns, stat.st_size) if stat.st_size else (0, 0))
        except OSError:
            found.append((0, 0))
    return tuple(found)


def _make(run: Run) -> RunSummary:
    status = run_status(run)
    try:
        labels = run.control.labels()
    except (OSError, ValueError, sqlite3.Error):  # run_status reports a damaged control file as well
        labels = {}
    shared: dict[str, Any] = {
        "id": run.id,
        "name": str(labels.get("name", run.id)),
        "created": float(labels.get("created", 0.0)) or _created(run),
        "tags": tuple(map(str, labels.get("tags", []))),
        "note": str(labels.get("note", "")),
    }
    try:
        sections = _sections(run.document())
        metric, best = best_metric(run) if status.word != "damaged" else ("", None)
    except (ClinicError, KeyError, TypeError, ValueError, sqlite3.Error) as error:
        return RunSummary(**shared, status="damaged", reason=str(error))
    figures = status.state
    settings = figures.get("settings") or {}
    return RunSummary(
        **shared,
        status=status.word,
        reason=status.reason,
        dataset=str(sections["data"].get("key", "")),
        model=str(sections["model"].get("key", "")),
        optimizer=str(sections["optim"].get("key", "")),
        lr=settings.get("lr", sections["optim"].get("lr")),
        steps=int(figures.get("step", 0)),
        total_steps=int(figures.get("total_steps", 0)),
        seconds=float(figures.get("seconds", 0.0)),
        metric=metric,
        best=best,
        metrics=dict(figures.get("metrics", {})),
    )


def _sections(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Data, model and optimizer of a document with their defaults; as it stands where it is no recipe of this version."""
    with contextlib.suppress(RecipeError):
        document = to_document(parse_recipe(document))
    return {name: dict(document.get(name) or {}) for name in ("data", "model", "optim")}


def _created(run: Run) -> float:
    try:
        return run.path.stat().st_mtime
    except OSError:
        return 0.0


def best_metric(run: Run) -> tuple[str, float | None]:
    """Name and best value of the validation metric: accuracy or R2 (higher is better), else the loss.

    Raises:
        RunDamaged: when the records can't be read.
    """
    reader = run.reader()
    if reader is None:
        return "", None
    try:
        columns = reader.streams().get("evaluation", [])
        rows = reader.rows("evaluation").newest()
    finally:
        reader.close()
    for name, best_of in (("val_accuracy", max), ("val_r2", max), ("val_loss", min)):
        if name in columns and len(rows):
            values = [float(v) for v in rows.values[:, columns.index(name)] if math.isfinite(v)]
            return name, best_of(values) if values else None
    return "", None


def matches(found: RunSummary, text: str) -> bool:
    """Whether every word of `text` occurs in the run's name, tags, note, keys or id."""
    hay = " ".join(
        (found.name, *found.tags, found.note, found.dataset, found.model, found.optimizer, found.status, found.id)
    ).lower()
    return all(word in hay for word in text.lower().split())
