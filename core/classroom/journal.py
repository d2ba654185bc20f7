"""The events of a class on disk: one SQLite file, written by one connection, so that a killed server loses nothing."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from core.classroom.events import ClassEvent
from core.errors import DiskFull, RunDamaged

TABLES = """
CREATE TABLE IF NOT EXISTS events (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, time REAL NOT NULL, who TEXT NOT NULL, kind TEXT NOT NULL, data TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS places (member TEXT PRIMARY KEY, place TEXT NOT NULL);
"""


class Journal:
    """The file of one class. Use under a lock: there is one connection, and it is the only one that writes.

    Raises:
        RunDamaged: when the file is there and can't be read.
    """

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        try:
            self._connection = sqlite3.connect(path, isolation_level=None, timeout=10.0, check_same_thread=False)
            self._connection.execute("PRAGMA journal_mode=WAL")
            self._connection.execute("PRAGMA synchronous=NORMAL")
            self._connection.executescript(f"BEGIN IMMEDIATE;{TABLES}COMMIT;")
        except sqlite3.DatabaseError as error:
            raise self._damaged(error) from None

    def append(self, who: str, kind: str, data: dict[str, Any]) -> ClassEvent:
        """Keep an event and return it; once this returns it survives a kill.

        Raises:
            DiskFull: when there is no room; nothing has happened then.
            RunDamaged: when the file was deleted or damaged; nothing has happened then.
        """
        now = time.time()
        try:
            cursor = self._connection.execute(
                "INSERT INTO events (time, who, kind, data) VALUES (?, ?, ?, ?)", (now, who, kind, json.dumps(data))
            )
        except sqlite3.DatabaseError as error:
            if "full" not in str(error) and "disk" not in str(error):
                raise self._damaged(error) from None
            raise DiskFull(
                "The disk is full, so this could not be kept and did not happen. Free some space; what was there is safe."
            ) from None
        return ClassEvent(int(cursor.lastrowid or 0), now, who, kind, data)

    def events(self) -> Iterator[ClassEvent]:
        """Every event so far, in order.

        Raises:
            RunDamaged: when one can't be read.
        """
        try:
            for seq, at, who, kind, data in self._connection.execute(
                "SELECT seq, time, who, kind, data FROM events ORDER BY seq"
            ):
                yield ClassEvent(seq, at, who, kind, json.loads(data))
        except (sqlite3.DatabaseError, ValueError) as error:
            raise self._damaged(error) from None

    def place(self, member: str) -> dict[str, Any]:
        """Where `member` was last: {"page", "query"}; empty when that is not known."""
        found = self._connection.execute("SELECT place FROM places WHERE member = ?", (member,)).fetchone()
        return json.loads(found[0]) if found else {}

    def keep_place(self, member: str, place: dict[str, Any]) -> None:
        """Remember where `member` is now; on a full disk it is forgotten, which harms nobody."""
        try:
            self._connection.execute("INSERT OR REPLACE INTO places VALUES (?, ?)", (member, json.dumps(place)))
        except sqlite3.DatabaseError:
            return

    def _damaged(self, error: Exception) -> RunDamaged:
        return RunDamaged(
            f"The class's journal {self.path} can't be used ({error}), so nothing more can be kept in this class. Start a new "
            "one: gradclinic class --new."
        )

    def close(self) -> None:
        """Close the file."""
        self._connection.close()
