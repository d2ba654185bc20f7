"""One run in a few figures, for lists, comparisons and the command line."""

from __future__ import annotations

import math
from typing import Any

from core.errors import RunDamaged
from core.store.status import RunStatus, run_status
from core.store.workspace import Run


def run_summary(run: Run) -> dict[str, Any]:
    """What `gradclinic train --json` prints of a run; never raises on a damaged one.

    `metrics` holds the last recorded training loss and the last evaluation; `seconds` is training time without pauses.
    """
    status = run_status(run)
    labels = _safely(run.control.labels, {})
    state = status.state
    return {
        "run_id": run.id,
        "name": labels.get("name", run.id),
        "status": status.word,
        "reason": status.reason,
        "steps": int(state.get("step", 0)),
        "total_steps": int(state.get("total_steps", 0)),
        "seconds": float(state.get("seconds", 0.0)),
        "device": state.get("device", ""),
        "metrics": _metrics(run, status),
        "best_step": int(state.get("best_step", 0)),
        "overhead_share": float(state.get("overhead_share", 0.0)),
        "cadence": state.get("cadence", {}),
        "state_hash": _last_hash(run),
        "findings": [],
        "tags": labels.get("tags", []),
        "note": labels.get("note", ""),
        "created": labels.get("created", 0.0),
        "owner": labels.get("owner", ""),
    }


def _metrics(run: Run, status: RunStatus) -> dict[str, float]:
    metrics: dict[str, float] = {"train_loss": math.nan}
    metrics |= {name: float(value) for name, value in status.state.get("metrics", {}).items()}
    if status.word == "damaged":
        return metrics
    try:
        if reader := run.reader():
            step = int(status.state.get("step", 0))
            attempts = reader.attempts()
            if attempts:
                rows = reader.rows("step", after=(attempts[-1]["attempt"], max(step - 1, -1)), limit=1)
                metrics["train_loss"] = float(rows.values[-1, 0]) if len(rows) else math.nan
            reader.close()
    except RunDamaged:
        pass
    return metrics


def _last_hash(run: Run) -> str:
    found = run.checkpoints.latest()
    return found.state_hash if found else ""


def _safely(read: Any, otherwise: Any) -> Any:
    try:
        return read()
    except Exception:  # a damaged label file must not hide the run
        return otherwise
