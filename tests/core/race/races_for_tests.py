"""Small races that take a second."""

from __future__ import annotations

from typing import Any

from core.race.record import RaceRecord, read_race
from core.store.workspace import Run, Workspace
from core.train.process import train_run

BASE: dict[str, Any] = {
    "data": {"key": "digits", "limit": 300},
    "model": {"key": "mlp", "depth": 2, "width": 16},
    "init": {"key": "he_normal"},
    "train": {"epochs": 4, "batch_size": 32},
}
LANES: list[dict[str, Any]] = [
    {"name": "SGD", "changes": {"optim.key": "sgd", "optim.lr": 0.1}},
    {"name": "Adam", "changes": {"optim.key": "adam", "optim.lr": 0.003}},
]


def document(
    lanes: list[dict[str, Any]] | None = None, base: dict[str, Any] | None = None, **more: Any
) -> dict[str, Any]:
    """A race of two lanes and two seeds, with changes."""
    whole = {key: {**value, **(base or {}).get(key, {})} for key, value in BASE.items()}
    whole |= {key: value for key, value in (base or {}).items() if key not in whole}
    return {"kind": "race", "name": "Tiny race", "seeds": 2, "base": whole, "lanes": lanes or LANES, **more}


def raced(workspace: Workspace, *args: Any, **more: Any) -> tuple[Run, RaceRecord]:
    """Hold that race to its end."""
    run = workspace.create(document(*args, **more))
    assert train_run(run.path, log_to_file=False) == "done"
    return run, read_race(run)
