"""The diagnosis of a run as a document: the one its trainer left, else one made from its rows."""

from __future__ import annotations

import sqlite3
from typing import Any

from core.diagnosis.case import case_of
from core.diagnosis.causes import Diagnosis
from core.diagnosis.diagnose import diagnose
from core.errors import RunDamaged
from core.store.status import run_status
from core.store.workspace import Run


def diagnosis_of(run: Run) -> dict[str, Any]:
    """`Diagnosis.document()` of `run`; one without findings when nothing was recorded or the records can't be read."""
    try:
        if found := _kept(run):
            return found
        case = case_of(run, run_status(run).word)
    except (RunDamaged, sqlite3.Error):
        case = None
    return (diagnose(case) if case else Diagnosis(None)).document()


def _kept(run: Run) -> dict[str, Any] | None:
    """What the trainer wrote under the meta key "diagnosis"; None when it is not there, or not whole."""
    reader = run.reader()
    if reader is None:
        return None
    try:
        found = reader.meta().get("diagnosis")
    finally:
        reader.close()
    return found if isinstance(found, dict) and isinstance(found.get("findings"), list) else None
