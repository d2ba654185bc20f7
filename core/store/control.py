"""What people ask of a run: commands to its trainer, labels, and requests to start or resume it."""

from __future__ import annotations

import json
import os
import sqlite3
import time
import uuid
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.errors import NotAllowed
from core.store.process import ProcessIdentity
from core.store.schema import open_control, open_reader


@dataclass(frozen=True)
class Command:
    """One durable command: `name` is one of core.train.commands.COMMANDS, `args` its arguments."""

    id: int
    name: str
    args: dict[str, Any]
    author: str
    time: float


@dataclass(frozen=True)
class Request:
    """A request to run a trainer; `process` is set once one was started for it."""

    id: int
    time: float
    owner: str
    process: ProcessIdentity | None
    cancelled: bool


class Control:
    """The control file of one run. Each call opens it briefly, so that no lock outlives a call.

    One that is `read_only` raises NotAllowed wherever it would write.
    """

    def __init__(self, path: Path, *, read_only: bool = False) -> None:
        self.path, self.read_only = path, read_only

    def send(self, name: str, args: dict[str, Any] | None = None, *, author: str = "", key: str | None = None) -> None:
        """Store a command. The same `key` twice stores it once (a double click, a retried request)."""
        with closing(self._writer()) as connection:
            connection.execute(
                "INSERT OR IGNORE INTO commands (key, time, author, name, args) VALUES (?, ?, ?, ?, ?)",
                (key or uuid.uuid4().hex, time.time(), author, name, json.dumps(args or {})),
            )

    def commands(self, after: int = 0) -> list[Command]:
        """Commands after number `after`, in order."""
        found = self._read("SELECT id, name, args, author, time FROM commands WHERE id > ? ORDER BY id", (after,))
        return [Command(row[0], row[1], json.loads(row[2]), row[3], row[4]) for row in found]

    def labels(self) -> dict[str, Any]:
        """Name, tags, note and other labels."""
        return {key: json.loads(value) for key, value in self._read("SELECT key, value FROM labels")}

    def set_labels(self, **labels: Any) -> None:
        """Set labels; None removes one."""
        with closing(self._writer()) as connection:
            connection.execute("BEGIN IMMEDIATE")
            for key, value in labels.items():
                if value is None:
                    connection.execute("DELETE FROM labels WHERE key = ?", (key,))
                else:
                    connection.execute("INSERT OR REPLACE INTO labels VALUES (?, ?)", (key, json.dumps(value)))
            connection.execute("COMMIT")

    def request(self, owner: str = "") -> int:
        """Ask for a trainer; while one request is pending a further one changes nothing. Returns its number."""
        with closing(self._writer()) as connection:
            connection.execute("BEGIN IMMEDIATE")
            pending = connection.execute("SELECT id FROM requests WHERE pid IS NULL AND cancelled = 0").fetchone()
            number = (
                pending[0]
                if pending
                else connection.execute(
                    "INSERT INTO requests (time, owner) VALUES (?, ?)", (time.time(), owner)
                ).lastrowid
            )
            connection.execute("COMMIT")
            return int(number or 0)

    def last_request(self) -> Request | None:
        """The newest request, or None."""
        found = self._read(
            "SELECT id, time, owner, pid, create_time, boot_id, cancelled FROM requests ORDER BY id DESC LIMIT 1"
        )
        if not found:
            return None
        number, asked, owner, pid, created, boot, cancelled = found[0]
        process = ProcessIdentity(pid, created, boot) if pid is not None else None
        return Request(number, asked, owner, process, bool(cancelled))

    def take_request(self, number: int, process: ProcessIdentity) -> bool:
        """Mark request `number` as served by `process`; False when it was served or cancelled before."""
        with closing(self._writer()) as connection:
            changed = connection.execute(
                "UPDATE requests SET pid = ?, create_time = ?, boot_id = ? WHERE id = ? AND pid IS NULL AND cancelled = 0",
                (process.pid, process.create_time, process.boot_id, number),
            )
            return changed.rowcount == 1

    def cancel_request(self) -> bool:
        """Withdraw a pending request; False when none was pending."""
        with closing(self._writer()) as connection:
            changed = connection.execute("UPDATE requests SET cancelled = 1 WHERE pid IS NULL AND cancelled = 0")
            return changed.rowcount > 0

    def version(self) -> tuple[int, int]:
        """Changes whenever the file was written; costs one stat."""
        try:
            found = os.stat(self.path)
        except OSError:
            return (0, 0)
        return (found.st_mtime_ns, found.st_size)

    def _writer(self) -> sqlite3.Connection:
        if self.read_only:
            raise NotAllowed("This run is somebody else's: you can look at it, but not change it.")
        return open_control(self.path)

    def _read(self, query: str, values: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
        try:
            with closing(open_reader(self.path)) as connection:
                return connection.execute(query, values).fetchall()
        except FileNotFoundError:
            return []
        except sqlite3.OperationalError as error:
            if "no such table" in str(error):
                return []
            raise
