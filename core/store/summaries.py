"""One run in a few figures, for tables and the command line; remembered by the modification times of the run's files."""

from __future__ import annotations

import contextlib
import math
import os
import sqlite3
import threading
from collections import OrderedDict
from dataclasses import asdict, dataclass, field
from typing import Any

from core.errors import ClinicError, RecipeError
from core.recipe.codec import parse_recipe, to_document
from core.store.rows import RunReader
from core.store.status import run_status
from core.store.workspace import Run, Workspace

KEPT = 5_000
FILES = ("run.db", "run.db-wal", "control.db", "recipe.json")
ENDED = ("done", "stopped", "failed", "damaged")
Stamp = tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class RunSummary:
    """What is known of a run at a glance.

    `metric` names the best validation metric and `best` is its value (None: none yet). `metrics` holds the last recorded
    training loss and the last evaluation; `seconds` is training time without pauses.
    """

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
    metrics: dict[str, float] = field(default_factory=dict)
    tags: tuple[str, ...] = ()
    note: str = ""
    reason: str = ""
    owner: str = ""
    device: str = ""
    best_step: int = 0
    overhead_share: float = 0.0
    cadence: dict[str, int] = field(default_factory=dict)
    state_hash: str = ""

    def document(self) -> dict[str, Any]:
        """JSON-able, as `gradclinic train --json` and `gradclinic show --json` print it."""
        return {"run_id": self.id, **{key: value for key, value in asdict(self).items() if key != "id"}}


_known: OrderedDict[str, tuple[Stamp, RunSummary]] = OrderedDict()
_lock = threading.Lock()


def summaries(workspace: Workspace) -> list[RunSummary]:
    """All runs, newest first; a damaged one is among them with the status "damaged"."""
    return [summary(run) for run in workspace.runs()]


def summary(run: Run) -> RunSummary:
    """The summary of one run. That of an ended run is made again only when one of its files has changed."""
    stamp, name = stamp_of(run), str(run.path)
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


def stamp_of(run: Run) -> Stamp:
    """Times and sizes of a run's files: the same as long as nothing was written to them."""
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
        "owner": str(labels.get("owner", "")),
    }
    try:
        sections = _sections(run.document())
        metric, best, train_loss = _recorded(run) if status.word != "damaged" else ("", None, math.nan)
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
        metrics={"train_loss": train_loss, **{name: float(v) for name, v in figures.get("metrics", {}).items()}},
        device=str(figures.get("device", "")),
        best_step=int(figures.get("best_step", 0)),
        overhead_share=float(figures.get("overhead_share", 0.0)),
        cadence=dict(figures.get("cadence", {})),
        state_hash=found.state_hash if (found := run.checkpoints.latest()) else "",
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


def _recorded(run: Run) -> tuple[str, float | None, float]:
    """Name and best value of the validation metric (accuracy or R2, else the loss), and the last training loss.

    Raises:
        RunDamaged: when the records can't be read.
    """
    reader = run.reader()
    if reader is None:
        return "", None, math.nan
    try:
        columns = reader.streams().get("evaluation", [])
        rows = reader.rows("evaluation").newest()
        train_loss = _last_loss(reader)
    finally:
        reader.close()
    for name, best_of in (("val_accuracy", max), ("val_r2", max), ("val_loss", min)):
        if name in columns and len(rows):
            values = [float(v) for v in rows.values[:, columns.index(name)] if math.isfinite(v)]
            return name, best_of(values) if values else None, train_loss
    return "", None, train_loss


def _last_loss(reader: RunReader) -> float:
    attempts, step = reader.attempts(), int(reader.state().get("step", 0))
    if not attempts:
        return math.nan
    rows = reader.rows("step", after=(attempts[-1]["attempt"], max(step - 1, -1)), limit=1)
    return float(rows.values[-1, 0]) if len(rows) else math.nan


def matches(found: RunSummary, text: str) -> bool:
    """Whether every word of `text` occurs in the run's name, tags, note, keys or id."""
    hay = " ".join(
        (found.name, *found.tags, found.note, found.dataset, found.model, found.optimizer, found.status, found.id)
    ).lower()
    return all(word in hay for word in text.lower().split())
