"""One run as it is sent to browsers: new rows read once per tick, encoded once, the last frames kept in a ring."""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import os
import secrets
import sqlite3
import time
from typing import Any

from core.errors import ClinicError, RunDamaged, UnknownRun
from core.race.recipe import parse_race
from core.race.series import RaceSeries
from core.runtime.documents import encode, in_loss, run_document, status_document
from core.runtime.series import NewAttempt, RunSeries
from core.store.rows import RunReader
from core.store.status import run_status
from core.store.workspace import Run, Workspace

RING_FRAMES, RING_BYTES = 60, 2 * 2**20
STALE_FRAMES = 20
RETRY_SECONDS = 3.0
POINTS = 1_000
COMPRESS_ABOVE = 16_384

Frame = tuple[int, bytes]


class Feed:
    """One run as it is sent: reads its new rows and keeps the last frames. `poll` and `opening` run in a thread."""

    def __init__(self, workspace: Workspace, run_id: str) -> None:
        self.workspace, self.run_id = workspace, run_id
        self.lock = asyncio.Lock()
        self.generation = secrets.token_hex(4)
        self.ring: tuple[Frame, ...] = ()
        self.seq = 0
        self.viewers: set[Any] = set()
        self.left_at = time.monotonic()
        self.encoded = 0
        self._reader: RunReader | None = None
        self._series: RunSeries | RaceSeries | None = None
        self._opening: Frame | None = None
        self._status: dict[str, Any] = {}
        self._facts: dict[str, Any] = {}
        self._fingerprint: object = None
        self._not_before = 0.0
        self._seen = False

    def poll(self) -> bool:
        """Read what is new; True when there is a frame to send."""
        before = self.seq
        if time.monotonic() < self._not_before:
            return False
        try:
            self._poll(self.workspace.run(self.run_id))
        except UnknownRun as error:
            self._drop()
            self._tell("gone", str(error) if not self._seen else f"Run {self.run_id} was deleted. Open another run.")
        except (RunDamaged, sqlite3.Error, NewAttempt) as error:
            self._drop()
            if not isinstance(error, NewAttempt):
                self._not_before = time.monotonic() + RETRY_SECONDS
                sentence = str(error) if isinstance(error, RunDamaged) else self._damage(error)
                self._tell("error", sentence)
        return self.seq != before

    def opening(self) -> Frame:
        """What a viewer needs first: a recent snapshot, or the status where nothing is recorded yet."""
        if self._opening is None and not self.ring:
            self.poll()
        if self._series is not None:
            oldest = self.ring[0][0] if self.ring else self.seq + 1
            if self._opening is None or self._opening[0] + 1 < oldest or self.seq - self._opening[0] > STALE_FRAMES:
                self._opening = self.seq, self._encode(self._snapshot(), self.seq)
        elif self.ring:
            self._opening = self.ring[-1]
        assert self._opening is not None
        return self._opening

    def after(self, seq: int) -> list[Frame] | None:
        """The frames after number `seq`, or None when some of them have left the ring."""
        ring = self.ring
        if not ring or not ring[0][0] - 1 <= seq <= ring[-1][0]:
            return None
        return [frame for frame in ring if frame[0] > seq]

    @property
    def empty(self) -> bool:
        """Whether nothing of the run is held open."""
        return self._reader is None

    def close(self) -> None:
        """Forget what was read; the next poll starts again."""
        self._drop()
        self.ring = ()
        self._opening = None
        self.generation = secrets.token_hex(4)

    def _poll(self, run: Run) -> None:
        self._seen = True
        settled = bool(self._status) and not self._status["active"]
        fingerprint = _fingerprint(run)
        if settled and fingerprint == self._fingerprint:
            return
        status = run_status(run)
        if status.word == "damaged":
            raise RunDamaged(status.reason)
        document = status_document(status)
        if self._series is None:
            if not self._open(run):
                if document != self._status or self._opening is None:
                    self._status = document
                    self._push({"type": "status", "status": document, "meta": self._known(run)}, opening=True)
                return
            change: dict[str, Any] | None = {}
        else:
            try:
                change = self._series.advance()
            except NewAttempt:
                self._open(run)
                change = {}
        known, self._status = self._status, document
        if change == {}:
            self._facts = self._known(run)
            self._push(self._snapshot(), opening=True)
        elif change is not None:
            self._push({"type": "delta", "status": document, **change})
        elif document != known:
            self._push({"type": "status", "status": document})
        self._fingerprint = fingerprint

    def _open(self, run: Run) -> bool:
        """Read the run from its start; False when nothing was recorded yet."""
        self._drop()
        self._reader = run.reader()
        if self._reader is None:
            return False
        for attempt in range(3):
            series = RaceSeries(self._reader, parse_race(run.document())) if run.is_race else RunSeries(self._reader)
            try:
                if series.advance() is None:
                    self._drop()
                    return False
                self._series = series
                return True
            except NewAttempt:
                if attempt == 2:
                    raise
        return False

    def _known(self, run: Run) -> dict[str, Any]:
        """What doesn't change: name, recording budget, and the trainer's facts."""
        facts: dict[str, Any] = {"name": run.control.labels().get("name") or run.id}
        if run.is_race:
            return facts
        with contextlib.suppress(ClinicError):
            recipe = run.document()
            record = recipe.get("record")
            facts["budget"] = record.get("budget", 5.0) if isinstance(record, dict) else 5.0
            facts["in_loss"] = in_loss(recipe)
        return facts | (run_document(self._reader) if self._reader else {})

    def _snapshot(self) -> dict[str, Any]:
        assert self._series is not None
        return {"type": "snapshot", "status": self._status, "meta": self._facts, **self._series.snapshot(POINTS)}

    def _tell(self, kind: str, message: str) -> None:
        """Send `gone` or `error` once, not at every tick."""
        if self._status.get("word") != kind or self._status.get("reason") != message:
            self._status = {"word": kind, "reason": message, "active": True}
            self._push({"type": kind, "message": message}, opening=True)

    def _damage(self, error: Exception) -> str:
        return (
            f"Run {self.run_id} can't be read at the moment ({error}). It is tried again every {RETRY_SECONDS:.0f} s; "
            "if this stays, delete the run or restore its files."
        )

    def _push(self, document: dict[str, Any], *, opening: bool = False) -> None:
        self.seq += 1
        frame = self.seq, self._encode(document, self.seq)
        if opening:  # whatever came before is superseded
            self._opening = frame
        kept = (frame,) if opening else (*self.ring, frame)[-RING_FRAMES:]
        while len(kept) > 1 and sum(len(data) for _, data in kept) > RING_BYTES:
            kept = kept[1:]
        self.ring = kept  # replaced, never changed: the event loop may be reading it

    def _encode(self, document: dict[str, Any], seq: int) -> bytes:
        self.encoded += 1
        data = encode({"run": self.run_id, "seq": f"{self.generation}-{seq}", "time": time.time(), **document})
        return gzip.compress(data, 3) if len(data) > COMPRESS_ABOVE else data

    def _drop(self) -> None:
        if self._reader:
            self._reader.close()
        self._reader = self._series = None


def _fingerprint(run: Run) -> tuple[object, ...]:
    """Changes when a trainer or a request touched the run."""
    stamps: list[object] = [run.control.version()]
    for path in (run.database, run.database.with_name("run.db-wal")):
        try:
            found = os.stat(path)
            stamps.append((found.st_ino, found.st_mtime_ns, found.st_size))
        except OSError:
            stamps.append(None)
    return tuple(stamps)
