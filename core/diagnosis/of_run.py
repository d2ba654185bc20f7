"""The diagnosis of a run as it is on disk."""

from __future__ import annotations

import json
from typing import Any

from core.diagnosis.case import case_of
from core.diagnosis.causes import Diagnosis
from core.diagnosis.diagnose import diagnose
from core.diagnosis.live import META_KEY
from core.store.status import run_status
from core.store.workspace import Run


def diagnosis_of(run: Run) -> dict[str, Any]:
    """The diagnosis that the trainer kept, as `Diagnosis.document()`; made now for a run that has none.

    Raises:
        RunDamaged: when the records can't be read.
    """
    reader = run.reader()
    if reader is None:
        return Diagnosis(None).document()
    try:
        kept = reader.meta().get(META_KEY)
    finally:
        reader.close()
    if kept:
        return dict(kept)
    case = case_of(run, run_status(run).word)
    return json.loads(json.dumps((diagnose(case) if case else Diagnosis(None)).document()))
