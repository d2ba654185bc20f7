"""Small recipes and a trainer in a process of its own that can be killed."""

from __future__ import annotations

import os
import signal
import time
from typing import Any

from core.recipe.codec import parse_recipe, to_document
from core.store.workspace import Run, Workspace
from tests.warm import WarmProcess

TINY: dict[str, Any] = {
    "name": "Tiny",
    "seed": 3,
    "data": {"key": "digits", "limit": 300},
    "model": {"key": "mlp", "depth": 2, "width": 16, "dropout": 0.2, "norm": "batch"},
    "init": {"key": "he_normal"},
    "optim": {"key": "adam", "lr": 0.003, "weight_decay": 1e-4},
    "schedule": {"key": "warmup_cosine"},
    "clip": {"mode": "norm", "limit": 1.0},
    "train": {"epochs": 6, "batch_size": 32},
}


def tiny(**changes: Any) -> dict[str, Any]:
    """TINY with whole sections merged over it."""
    document = {key: dict(value) if isinstance(value, dict) else value for key, value in TINY.items()}
    for section, value in changes.items():
        document[section] = {**document.get(section, {}), **value} if isinstance(value, dict) else value
    return to_document(parse_recipe(document))


def create(workspace: Workspace, **changes: Any) -> Run:
    """A run of TINY with changes, not started."""
    return workspace.create(tiny(**changes))


def start_trainer(run: Run, **environment: str) -> WarmProcess:
    """The trainer of `run` in a process of its own."""
    return WarmProcess(str(run.path), **environment)


def last_row(run: Run) -> int:
    """The highest committed step of the newest attempt, or -1."""
    try:
        reader = run.reader()
    except Exception:
        return -1
    if reader is None:
        return -1
    try:
        rows = reader.rows("step").newest()
        return int(rows.step[-1]) if len(rows) else -1
    finally:
        reader.close()


def kill_at(run: Run, process: WarmProcess, step: int) -> bool:
    """SIGKILL the trainer once `step` is committed; False when it ended before that."""
    while last_row(run) < step:
        if process.poll() is not None:
            return False
        time.sleep(0.02)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    return True


def final_hash(run: Run) -> str:
    """The state hash in the history's "finished" entry."""
    reader = run.reader()
    assert reader is not None
    try:
        return str([e for e in reader.events() if e.kind == "finished"][-1].data["state_hash"])
    finally:
        reader.close()
