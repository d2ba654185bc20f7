"""What the repetition of a fatal step left in a run's folder (core/train/forensics.py writes it). No torch."""

from __future__ import annotations

import contextlib
import json
from typing import Any

from core.store.workspace import Run

FOLDER = "forensics"


def kept_trace(run: Run) -> dict[str, Any] | None:
    """What an earlier repetition found, or None."""
    for path in sorted((run.path / FOLDER).glob("step-*.json")):
        with contextlib.suppress(OSError, ValueError):
            return dict(json.loads(path.read_text()))
    return None
