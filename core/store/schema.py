"""The tables of a run, and how its two SQLite files are opened.

run.db      WAL; written by the trainer alone (one connection); everything else reads it with mode=ro.
control.db  rollback journal; commands, labels and start requests, written by the app and the CLI, read by the trainer.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path

RUN_FORMAT = 1

RUN_TABLES = """
CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS attempts (
    attempt INTEGER PRIMARY KEY, started REAL NOT NULL, from_step INTEGER NOT NULL,
    pid INTEGER NOT NULL, create_time REAL NOT NULL, boot_id TEXT NOT NULL, info TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS streams (stream INTEGER PRIMARY KEY, name TEXT UNIQUE NOT NULL, columns TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS rows (
    stream INTEGER, attempt INTEGER, step INTEGER, seconds REAL NOT NULL, data BLOB NOT NULL,
    PRIMARY KEY (stream, attempt, step)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS events (
    id INTEGER PRIMARY KEY, attempt INTEGER NOT NULL, step INTEGER NOT NULL, time REAL NOT NULL,
    kind TEXT NOT NULL, data TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS state (
    one INTEGER PRIMARY KEY CHECK (one = 1), status TEXT NOT NULL, step INTEGER NOT NULL,
    heartbeat REAL NOT NULL, data TEXT NOT NULL);
"""

CONTROL_TABLES = """
CREATE TABLE IF NOT EXISTS commands (
    id INTEGER PRIMARY KEY AUTOINCREMENT, key TEXT UNIQUE NOT NULL, time REAL NOT NULL,
    author TEXT NOT NULL, name TEXT NOT NULL, args TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS labels (key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS requests (
    id INTEGER PRIMARY KEY AUTOINCREMENT, time REAL NOT NULL, owner TEXT NOT NULL,
    pid INTEGER, create_time REAL, boot_id TEXT, cancelled INTEGER NOT NULL DEFAULT 0);
"""


def open_writer(path: Path) -> sqlite3.Connection:
    """Open `path` as the run's only writer, in WAL mode, falling back to DELETE where WAL fails on a real write."""
    connection = sqlite3.connect(path, isolation_level=None, timeout=10.0)
    for mode in ("WAL", "DELETE"):
        try:
            connection.execute(f"PRAGMA journal_mode={mode}")
            connection.execute("PRAGMA synchronous=NORMAL")
            connection.executescript("BEGIN IMMEDIATE;" + RUN_TABLES + "COMMIT;")
            return connection
        except sqlite3.OperationalError:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            if mode == "DELETE":
                connection.close()
                raise
    return connection


def open_control(path: Path) -> sqlite3.Connection:
    """Open the control file for writing; several processes may do so at once."""
    connection = sqlite3.connect(path, isolation_level=None, timeout=10.0)
    connection.executescript("PRAGMA journal_mode=DELETE; BEGIN IMMEDIATE;" + CONTROL_TABLES + "COMMIT;")
    return connection


def open_reader(path: Path) -> sqlite3.Connection:
    """Open `path` read-only.

    Raises:
        FileNotFoundError: when there is no such file.
        sqlite3.Error: when it is not a readable database.
    """
    if not path.exists():
        raise FileNotFoundError(path)
    connection = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, timeout=5.0, check_same_thread=False)
    connection.execute("PRAGMA query_only=ON")
    return connection
