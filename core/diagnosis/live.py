"""The diagnosis of a run while it trains: judged again when there is news, at a bounded cost, and kept with the run."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence

from core.diagnosis.case import CaseReader
from core.diagnosis.causes import Diagnosis
from core.diagnosis.diagnose import diagnose
from core.store.rows import Event, RunReader, RunWriter
from core.store.workspace import Run

LEAST_SECONDS = 2.0
LARGEST_SHARE = 1 / 100
META_KEY = "diagnosis"


class LiveDiagnosis:
    """Judges a run from its own committed rows, at most every LEAST_SECONDS and for at most 1 % of the time.

    The whole diagnosis is kept under the run's meta key "diagnosis"; a fault that is found for the first time is also an
    event "finding" of the history, so that every chart marks it. `serious` holds the ids of all but the infos, the
    cause first.
    """

    def __init__(self, run: Run, writer: RunWriter, past: Sequence[Event] = ()) -> None:
        self._run, self._writer = run, writer
        self._told = {event.data.get("id") for event in past if event.kind == "finding"}
        self._reader: RunReader | None = None
        self._cases: CaseReader | None = None
        self._next = 0.0
        self._kept = ""
        self.serious: list[str] = []

    def due(self) -> bool:
        """Whether enough time has passed since the last look."""
        return time.monotonic() >= self._next

    def look(self, status: str, step: int, *, force: bool = False) -> Diagnosis | None:
        """Judge what is committed by now; None when it is too early since the last look.

        What is new is buffered in the writer: it becomes durable with the next commit.
        """
        begun = time.monotonic()
        if not force and begun < self._next:
            return None
        if self._cases is None:
            self._reader = RunReader(self._run.database)
            self._cases = CaseReader(self._run, self._reader)
        found = diagnose(self._cases.read(status))
        self.serious = [finding.id for finding in found.findings if finding.severity != "info"]
        text = json.dumps(found.document())
        if text != self._kept:
            self._kept = text
            self._writer.put_meta(META_KEY, text)
        for finding in found.findings:
            if finding.severity != "info" and finding.id not in self._told:
                self._told.add(finding.id)
                self._writer.event(step, "finding", id=finding.id, name=finding.name, severity=finding.severity,
                                   sentence=finding.sentence, first_step=finding.first_step)  # fmt: skip
        self._next = time.monotonic() + max(LEAST_SECONDS, (time.monotonic() - begun) / LARGEST_SHARE)
        return found

    def close(self) -> None:
        """Close the reading connection."""
        if self._reader is not None:
            self._reader.close()
            self._reader = self._cases = None
