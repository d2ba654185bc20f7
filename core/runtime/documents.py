"""What the browser is told of a run besides its numbers: status in words, facts that do not change, events."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import orjson

from core.store.rows import Event, RunReader
from core.store.status import RunStatus
from core.train.regularise.catalogue import REGULARISATIONS

SHOWN_META = ("steps_per_epoch", "task", "device", "parameters", "optimizer", "model", "data", "precision")
SHOWN_STATE = [
    "step",
    "total_steps",
    "epoch",
    "epochs",
    "seconds",
    "step_seconds",
    "samples_per_second",
    "overhead_share",
    "cadence",
    "memory_mb",
    "device",
    "disk_full",
    "message",
    "metrics",
    "lr",
    "waiting_for",
    "findings",
]


def status_document(status: RunStatus) -> dict[str, Any]:
    """What the header of a run shows: words, reason, what to do next, progress (0 to 1), seconds left."""
    state = status.state
    step, total = state.get("step") or 0, state.get("total_steps") or 0
    pace = state.get("step_seconds") or (state["seconds"] / step if state.get("seconds") and step else 0.0)
    return {
        "word": status.word,
        "reason": status.reason,
        "next_action": status.next_action,
        "active": status.active,
        "progress": min(1.0, step / total) if total else None,
        "eta": (total - step) * pace if total and pace and status.word in ("running", "stalled") else None,
        **{key: state[key] for key in SHOWN_STATE if state.get(key) is not None},
    }


def run_document(reader: RunReader) -> dict[str, Any]:
    """What the charts need to know of a run that doesn't change: steps per epoch, layers, task, device."""
    meta = reader.meta()
    layers = [
        {key: layer.get(key) for key in ("name", "type", "parameters")}
        for layer in meta.get("layers") or []
        if isinstance(layer, dict)
    ]
    return {**{key: meta[key] for key in SHOWN_META if key in meta}, "layers": layers}


def in_loss(recipe: Mapping[str, Any]) -> list[str]:
    """What the training loss of a recipe's document holds and its evaluations don't, by name; empty for most."""
    chosen = recipe.get("regularise")
    known = [REGULARISATIONS[key] for key in chosen if key in REGULARISATIONS] if isinstance(chosen, Mapping) else []
    return [spec.label for spec in known if spec.in_loss]


def event_document(event: Event) -> dict[str, Any]:
    """One entry of the run's history."""
    return {"id": event.id, "step": event.step, "time": event.time, "kind": event.kind, "data": event.data}


def encode(document: dict[str, Any]) -> bytes:
    """JSON of a document with numpy arrays; NaN and Inf become null."""
    return orjson.dumps(document, default=_plain, option=orjson.OPT_SERIALIZE_NUMPY)


def _plain(value: object) -> object:
    if isinstance(value, np.ndarray):
        return np.ascontiguousarray(value)
    if isinstance(value, np.generic):
        return value.item()
    return str(value)
