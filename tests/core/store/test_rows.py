"""Rows: what was committed is read back, by whom and whenever; a crash, a full disk or a bad file loses nothing shown."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from core.store.rows import RunReader, RunWriter

ROOT = Path(__file__).resolve().parents[3]
WRITER = """
import sys, struct, pathlib
from core.store.rows import RunWriter
writer = RunWriter(pathlib.Path(sys.argv[1]), int(sys.argv[2]))
writer.add_stream("step", ["a", "b"])
for step in range(1, 10**9):
    writer.put("step", step, step / 1000, struct.pack("<2f", step % 1000, -(step % 1000)))
    if step % 25 == 0:
        writer.flush("running", step, {})
        print(step, flush=True)
"""


def put(writer: RunWriter, step: int, *values: float) -> None:
    writer.put("step", step, step / 10, np.array(values, "<f4").tobytes())


def test_a_stream_of_an_older_version_keeps_its_columns(tmp_path: Path) -> None:
    older = RunWriter(tmp_path / "run.db", 1)
    older.put_named("evaluation", 1, 0.1, {"loss": 0.5, "gone": 2.0})
    older.flush("running", 1, {})
    older.close()
    newer = RunWriter(tmp_path / "run.db", 2)
    newer.put_named("evaluation", 2, 0.2, {"loss": 0.25, "new": 7.0})
    newer.flush("running", 2, {})
    newer.close()
    reader = RunReader(tmp_path / "run.db")
    assert reader.streams()["evaluation"] == ["loss", "gone"]
    np.testing.assert_array_equal(reader.rows("evaluation").values, np.array([[0.5, 2.0], [0.25, np.nan]], np.float32))
    reader.close()


def test_values_come_back_exactly_with_nan_and_inf(tmp_path: Path) -> None:
    writer = RunWriter(tmp_path / "run.db", 1)
    writer.add_stream("step", ["a", "b"])
    put(writer, 2**40, 1.5, float("nan"))
    put(writer, 2**40 + 1, float("inf"), -float("inf"))
    writer.flush("running", 1, {"x": 1})
    rows = RunReader(tmp_path / "run.db").rows("step")
    assert rows.step.tolist() == [2**40, 2**40 + 1]
    assert np.array_equal(rows.values, np.array([[1.5, np.nan], [np.inf, -np.inf]], np.float32), equal_nan=True)


def test_incremental_reading_sees_each_row_once(tmp_path: Path) -> None:
    writer = RunWriter(tmp_path / "run.db", 1)
    writer.add_stream("step", ["a"])
    reader, seen, last = RunReader(tmp_path / "run.db"), [], (-1, -1)
    for step in range(1, 101):
        put(writer, step, step)
        if step % 7 == 0 or step == 100:
            writer.flush("running", step, {})
            rows = reader.rows("step", after=last)
            seen += rows.step.tolist()
            last = (int(rows.attempt[-1]), int(rows.step[-1]))
    assert seen == list(range(1, 101))


def test_newest_attempt_wins_and_hides_what_the_older_trained_past_it(tmp_path: Path) -> None:
    for attempt, steps in ((1, range(1, 11)), (2, range(6, 9)), (3, range(8, 12))):
        writer = RunWriter(tmp_path / "run.db", attempt)
        writer.add_stream("step", ["a"])
        for step in steps:
            put(writer, step, attempt)
        writer.flush("running", 0, {})
        writer.close()
    newest = RunReader(tmp_path / "run.db").rows("step").newest()
    assert newest.step.tolist() == list(range(1, 12))
    assert newest.values[:, 0].tolist() == [1] * 5 + [2] * 2 + [3] * 4


def test_writing_a_row_again_replaces_it(tmp_path: Path) -> None:
    writer = RunWriter(tmp_path / "run.db", 1)
    writer.add_stream("step", ["a"])
    put(writer, 1, 1.0)
    writer.flush("running", 1, {})
    put(writer, 1, 2.0)
    writer.flush("running", 1, {})
    assert RunReader(tmp_path / "run.db").rows("step").values.tolist() == [[2.0]]


def test_full_disk_keeps_rows_in_memory_and_writes_them_later(tmp_path: Path) -> None:
    writer = RunWriter(tmp_path / "run.db", 1)
    writer.add_stream("step", ["a"])
    pages = writer._connection.execute("PRAGMA page_count").fetchone()[0]
    writer._connection.execute(f"PRAGMA max_page_count={pages + 2}")
    for step in range(1, 3001):
        put(writer, step, step)
    assert not writer.flush("running", 3000, {})
    assert writer.disk_full
    assert len(RunReader(tmp_path / "run.db").rows("step")) == 0
    writer._connection.execute("PRAGMA max_page_count=100000")
    put(writer, 3001, 3001)
    assert writer.flush("running", 3001, {})
    assert not writer.disk_full
    assert RunReader(tmp_path / "run.db").rows("step").step.tolist() == list(range(1, 3002))


def test_rows_put_later_are_finished_when_they_are_committed(tmp_path: Path) -> None:
    writer, calls = RunWriter(tmp_path / "run.db", 3), []

    def finish(measured: np.ndarray) -> np.ndarray:
        calls.append(measured.shape)
        return np.stack([measured.sum(axis=1), measured[:, 0]], axis=1).astype("<f4")

    writer.add_stream("plain", ["a"])
    writer.add_stream("sums", ["sum", "first"], finish)
    for step in (5, 6, 7):
        writer.put_later("sums", step, step / 10, [1.0, 2.0, float(step)])
    writer.put("plain", 5, 0.5, np.array([9], "<f4").tobytes())
    pages = writer._connection.execute("PRAGMA page_count").fetchone()[0]
    writer._connection.execute(f"PRAGMA max_page_count={pages}")
    for step in range(6, 300):
        writer.put("plain", step, 0.5, bytes(4))
    assert not writer.flush("running", 7, {})
    writer._connection.execute("PRAGMA max_page_count=100000")
    writer.put_later("sums", 8, 0.8, [0.0, 0.0, float("nan")])
    assert writer.flush("running", 8, {})
    rows = RunReader(tmp_path / "run.db").rows("sums")
    assert (rows.attempt.tolist(), rows.step.tolist()) == ([3] * 4, [5, 6, 7, 8])
    assert rows.seconds.tolist() == [0.5, 0.6, 0.7, 0.8]
    assert np.array_equal(rows.values, np.array([[8, 1], [9, 1], [10, 1], [np.nan, 0]], np.float32), equal_nan=True)
    assert calls == [(3, 3), (1, 3)]


def kill_campaign(folder: Path, kills: int) -> None:
    choose = random.Random(0)
    for attempt in range(1, kills + 1):
        process = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(folder / "run.db"), str(attempt)],
            cwd=ROOT, stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": str(ROOT)},
        )  # fmt: skip
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(choose.uniform(0.02, 0.3))
        process.send_signal(signal.SIGKILL)
        acknowledged = [int(line) for line in process.stdout.read().split()]
        process.wait()
        reader = RunReader(folder / "run.db")
        rows = reader.rows("step", after=(attempt, 0))
        committed = rows.step[rows.attempt == attempt]
        assert committed.tolist() == list(range(1, len(committed) + 1)), "a gap"
        assert len(committed) >= max(acknowledged, default=25), "an acknowledged row is lost"
        assert np.array_equal(rows.values[:, 0], rows.step % 1000)
        assert sqlite3.connect(folder / "run.db").execute("PRAGMA integrity_check").fetchone() == ("ok",)
        reader.close()


def test_kill_minus_nine_loses_no_acknowledged_row(tmp_path: Path) -> None:
    kill_campaign(tmp_path, kills=8)


@pytest.mark.slow
def test_kill_minus_nine_fifty_times(tmp_path: Path) -> None:
    kill_campaign(tmp_path, kills=50)
