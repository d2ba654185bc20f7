"""Writing a run's rows and reading them back.

A stream is a named table of float32 columns with one row per recorded step. A row of a stream is complete: every
value in it was measured, so NaN and Inf in a row are real ones. Streams may be recorded at different cadences.
"""

from __future__ import annotations

import json
import math
import sqlite3
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from core.store.schema import open_reader, open_writer

FLUSH_SECONDS = 0.3
MAX_PENDING = 200_000
Finish = Callable[[np.ndarray], np.ndarray]


def is_disk_full(error: BaseException) -> bool:
    """Whether `error` says, in any of the ways sqlite and torch have, that there is no space left."""
    text = str(error)
    return (
        getattr(error, "errno", None) in (28, 122)
        or "database or disk is full" in text
        or "disk I/O error" in text
        or "No space left" in text
        or ("inline_container" in text and "unexpected pos" in text)
    )


class RunWriter:
    """The one writing connection of a run. Rows are buffered and committed at most every FLUSH_SECONDS.

    When the disk is full, rows stay in memory (the newest MAX_PENDING of them) and are written once there is space.
    """

    def __init__(self, path: Path, attempt: int) -> None:
        self._connection = open_writer(path)
        self.attempt = attempt
        self.disk_full = False
        self.dropped = 0
        self._streams: dict[str, int] = {}
        self._rows: list[tuple[int, int, int, float, bytes]] = []
        self._unfinished: dict[str, list[tuple[int, float, Sequence[float]]]] = {}
        self._finish: dict[str, Finish] = {}
        self._events: list[tuple[int, int, float, str, str]] = []
        self._meta: dict[str, str] = {}
        self._last_flush = 0.0

    def execute(self, statement: str, values: Sequence[Any] = ()) -> None:
        """Run one statement outside the row buffer (start-up only)."""
        self._connection.execute(statement, tuple(values))

    def add_stream(self, name: str, columns: Sequence[str], finish: Finish | None = None) -> None:
        """Declare a stream; declaring it again with the same columns is allowed (a resumed run does).

        `finish` makes the columns, float32 (rows, columns), of what `put_later` was given, float64 (rows, measured).
        """
        found = self._connection.execute("SELECT stream, columns FROM streams WHERE name = ?", (name,)).fetchone()
        if found and json.loads(found[1]) != list(columns):
            raise ValueError(f"stream {name} was recorded with other columns")
        if not found:
            self._connection.execute(
                "INSERT INTO streams (name, columns) VALUES (?, ?)", (name, json.dumps(list(columns)))
            )
            found = self._connection.execute("SELECT stream FROM streams WHERE name = ?", (name,)).fetchone()
        self._streams[name] = found[0]
        if finish is not None:
            self._finish[name] = finish
            self._unfinished.setdefault(name, [])

    def put_named(self, stream: str, step: int, seconds: float, values: Mapping[str, float]) -> None:
        """Buffer one row of named values, and declare its stream at the first.

        A stream that an older version began keeps the columns it has, with NaN where `values` lacks one.
        """
        found = self._connection.execute("SELECT columns FROM streams WHERE name = ?", (stream,)).fetchone()
        columns = json.loads(found[0]) if found else list(values)
        self.add_stream(stream, columns)
        self.put(stream, step, seconds, np.array([values.get(name, math.nan) for name in columns], "<f4").tobytes())

    def put(self, stream: str, step: int, seconds: float, values: bytes) -> None:
        """Buffer one row: `values` are the float32 columns of the stream, in order."""
        self._rows.append((self._streams[stream], self.attempt, step, seconds, values))

    def put_later(self, stream: str, step: int, seconds: float, measured: Sequence[float]) -> None:
        """Buffer one row of a stream with a `finish`, which makes the columns of all such rows when they are committed."""
        self._unfinished[stream].append((step, seconds, measured))

    def event(self, step: int, kind: str, /, **data: Any) -> None:
        """Buffer one event of the run's history."""
        self._events.append((self.attempt, step, time.time(), kind, json.dumps(data)))

    def put_meta(self, key: str, text: str) -> None:
        """Buffer one entry of the run's facts, JSON; the newest replaces what was there."""
        self._meta[key] = text

    def due(self) -> bool:
        """Whether FLUSH_SECONDS have passed since the last commit."""
        return time.monotonic() - self._last_flush >= FLUSH_SECONDS

    def flush(self, status: str, step: int, data: dict[str, Any]) -> bool:
        """Commit what is buffered together with the run's state; False when the disk is full (nothing is lost)."""
        self._last_flush = time.monotonic()
        self._finish_rows()
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            self._connection.executemany("INSERT OR REPLACE INTO rows VALUES (?, ?, ?, ?, ?)", self._rows)
            self._connection.executemany(
                "INSERT INTO events (attempt, step, time, kind, data) VALUES (?, ?, ?, ?, ?)", self._events
            )
            self._connection.executemany("INSERT OR REPLACE INTO meta VALUES (?, ?)", list(self._meta.items()))
            self._connection.execute(
                "INSERT OR REPLACE INTO state VALUES (1, ?, ?, ?, ?)", (status, step, time.time(), json.dumps(data))
            )
            self._connection.execute("COMMIT")
        except sqlite3.OperationalError as error:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            if not is_disk_full(error):
                raise
            self.disk_full = True
            excess = len(self._rows) - MAX_PENDING
            if excess > 0:
                del self._rows[:excess]
                self.dropped += excess
            return False
        self.disk_full = False
        self._rows.clear()
        self._events.clear()
        self._meta.clear()
        return True

    def _finish_rows(self) -> None:
        for name, pending in self._unfinished.items():
            if pending:
                finished = self._finish[name](np.array([measured for _, _, measured in pending]))
                stream, blobs, width = self._streams[name], finished.tobytes(), finished[0].nbytes
                self._rows += [
                    (stream, self.attempt, step, seconds, blobs[row * width : (row + 1) * width])
                    for row, (step, seconds, _) in enumerate(pending)
                ]
                pending.clear()

    def close(self) -> None:
        """Close the connection; what was not flushed is lost."""
        self._connection.close()


@dataclass(frozen=True)
class Rows:
    """Rows of one stream in (attempt, step) order.

    `attempt` (n,) int32, `step` (n,) int64, `seconds` (n,) float64, `values` (n, columns) float32.
    """

    attempt: np.ndarray
    step: np.ndarray
    seconds: np.ndarray
    values: np.ndarray

    def __len__(self) -> int:
        return len(self.step)

    def newest(self) -> Rows:
        """Each step once: as the newest attempt that reached it recorded it, without what an older one trained past it."""
        if len(self) == 0 or self.attempt[0] == self.attempt[-1]:
            return self
        keep = np.ones(len(self), dtype=bool)
        for attempt in np.unique(self.attempt)[1:]:
            first = self.step[self.attempt == attempt].min()
            keep &= ~((self.attempt < attempt) & (self.step >= first))
        return Rows(self.attempt[keep], self.step[keep], self.seconds[keep], self.values[keep])


@dataclass(frozen=True)
class Event:
    """One entry of a run's history. `time` is seconds since the epoch."""

    id: int
    attempt: int
    step: int
    time: float
    kind: str
    data: dict[str, Any]


class RunReader:
    """Read-only view of a run's run.db. Cheap to keep open; every read sees the last committed rows.

    Raises:
        FileNotFoundError: when the trainer has not created run.db yet.
        sqlite3.DatabaseError: when the file is damaged.
    """

    def __init__(self, path: Path) -> None:
        self._connection = open_reader(path)
        self._streams: dict[str, tuple[int, list[str]]] = {}
        self.streams()

    def streams(self) -> dict[str, list[str]]:
        """Column names of every stream recorded so far."""
        found = self._connection.execute("SELECT stream, name, columns FROM streams ORDER BY stream").fetchall()
        self._streams = {name: (stream, json.loads(columns)) for stream, name, columns in found}
        return {name: columns for name, (_, columns) in self._streams.items()}

    def meta(self) -> dict[str, Any]:
        """What the trainer wrote once: steps per epoch, layer names, model summary, versions."""
        return {key: json.loads(value) for key, value in self._connection.execute("SELECT key, value FROM meta")}

    def rows(self, stream: str, after: tuple[int, int] = (-1, -1), limit: int | None = None) -> Rows:
        """Rows of `stream` after (attempt, step), oldest first; empty when the stream is not there (yet)."""
        if stream not in self._streams and stream not in self.streams():
            return Rows(np.empty(0, np.int32), np.empty(0, np.int64), np.empty(0), np.empty((0, 0), np.float32))
        number, columns = self._streams[stream]
        found = self._connection.execute(
            "SELECT attempt, step, seconds, data FROM rows WHERE stream = ? AND (attempt, step) > (?, ?) "
            "ORDER BY attempt, step LIMIT ?",
            (number, *after, -1 if limit is None else limit),
        ).fetchall()
        if not found:
            return Rows(
                np.empty(0, np.int32), np.empty(0, np.int64), np.empty(0), np.empty((0, len(columns)), np.float32)
            )
        attempt, step, seconds, blobs = zip(*found, strict=True)
        values = np.frombuffer(b"".join(blobs), dtype="<f4").reshape(len(found), len(columns))
        return Rows(np.array(attempt, np.int32), np.array(step, np.int64), np.array(seconds), values)

    def count(self, stream: str) -> int:
        """How many rows `stream` holds, over all attempts."""
        if stream not in self._streams and stream not in self.streams():
            return 0
        return int(
            self._connection.execute(
                "SELECT count(*) FROM rows WHERE stream = ?", (self._streams[stream][0],)
            ).fetchone()[0]
        )

    def events(self, after: int = 0) -> list[Event]:
        """The run's history after event `after`."""
        found = self._connection.execute(
            "SELECT id, attempt, step, time, kind, data FROM events WHERE id > ? ORDER BY id", (after,)
        )
        return [Event(row[0], row[1], row[2], row[3], row[4], json.loads(row[5])) for row in found]

    def attempts(self) -> list[dict[str, Any]]:
        """Every start of a process for this run: number, process identity, first step, device and versions."""
        names = ("attempt", "started", "from_step", "pid", "create_time", "boot_id", "info")
        found = self._connection.execute(f"SELECT {', '.join(names)} FROM attempts ORDER BY attempt").fetchall()
        return [dict(zip(names, row, strict=True)) | {"info": json.loads(row[-1])} for row in found]

    def state(self) -> dict[str, Any]:
        """The trainer's last word: status, step, heartbeat (seconds since the epoch) and progress figures."""
        found = self._connection.execute("SELECT status, step, heartbeat, data FROM state").fetchone()
        if not found:
            return {"status": "starting", "step": 0, "heartbeat": 0.0}
        return {**json.loads(found[3]), "status": found[0], "step": found[1], "heartbeat": found[2]}

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()
