"""The workspace: runs are created once, listed even when one is damaged, trashed and restored; statuses are true."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import psutil
import pytest

from core.errors import DiskFull, UnknownRun
from core.store import checkpoints as checkpoints_module
from core.store.checkpoints import Checkpoint, Checkpoints
from core.store.files import atomic_write
from core.store.process import ProcessIdentity
from core.store.rows import RunWriter
from core.store.schema import open_writer
from core.store.status import run_status
from core.store.summaries import summary
from core.store.workspace import Run, Workspace


def begin(run: Run, status: str, identity: ProcessIdentity, heartbeat: float | None = None) -> None:
    writer = RunWriter(run.database, 1)
    writer.execute(
        "INSERT INTO attempts VALUES (1, ?, 0, ?, ?, ?, '{}')",
        (time.time() - 100, identity.pid, identity.create_time, identity.boot_id),
    )
    writer.flush(status, 5, {})
    if heartbeat is not None:
        writer.execute("UPDATE state SET heartbeat = ?", (heartbeat,))
    writer.close()


def test_one_press_makes_one_run_however_often_it_arrives(workspace: Workspace) -> None:
    made: list[str] = []
    threads = [
        threading.Thread(target=lambda: made.append(workspace.create({"name": "x"}, key="press").id)) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 8
    assert len(set(made)) == 1
    assert len(list(workspace.runs())) == 1
    assert workspace.create({"name": "x"}, key="another press").id not in made


@pytest.mark.parametrize("name", ["../x", "/etc", "a/b", "", ".hidden", "A" * 100])
def test_ids_never_become_paths(workspace: Workspace, name: str) -> None:
    with pytest.raises(UnknownRun):
        workspace.run(name)


def test_trash_and_restore(workspace: Workspace) -> None:
    run = workspace.create({"name": "Kept"})
    workspace.trash(run.id)
    assert list(workspace.runs()) == []
    assert workspace.trashed() == [run.id]
    assert workspace.restore(run.id).control.labels()["name"] == "Kept"
    with pytest.raises(UnknownRun):
        workspace.restore(run.id)


@pytest.mark.parametrize(
    "damage",
    [
        lambda run: (run.path / "recipe.json").write_text("{"),
        lambda run: (run.path / "recipe.json").unlink(),
        lambda run: run.database.write_bytes(b"not a database" * 400),
        lambda run: run.database.write_bytes(b""),
        lambda run: (run.path / "control.db").write_bytes(b"rubbish" * 400),
        lambda run: os.truncate(run.database, run.database.stat().st_size // 3),
    ],
)
def test_a_damaged_run_hides_no_other(workspace: Workspace, damage: object) -> None:
    good, bad = workspace.create({"name": "good"}), workspace.create({"name": "bad"})
    for run in (good, bad):
        begin(run, "done", ProcessIdentity.of())
    damage(bad)  # type: ignore[operator]
    words = {run.id: summary(run).status for run in workspace.runs()}
    assert words[good.id] == "done"
    assert set(words) == {good.id, bad.id}


def test_status_words(workspace: Workspace) -> None:
    me = ProcessIdentity.of()
    gone = ProcessIdentity(me.pid, me.create_time - 1000, me.boot_id)  # the pid was reused
    expected = {
        "running": ("running", me, None),
        "paused": ("paused", me, None),
        "stalled": ("running", me, time.time() - 300),
        "lost": ("running", gone, None),
        "done": ("done", gone, None),
        "failed": ("failed", gone, None),
        "stopped": ("stopped", gone, None),
    }
    for word, (stored, identity, heartbeat) in expected.items():
        run = workspace.create({"name": word})
        begin(run, stored, identity, heartbeat)
        status = run_status(run)
        assert status.word == word
        assert status.next_action
    queued = workspace.create({"name": "queued"})
    queued.control.request()
    assert run_status(queued).word == "queued"


def test_a_zombie_is_not_alive() -> None:
    process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    identity = ProcessIdentity.of(process.pid)
    assert identity.alive()
    process.send_signal(signal.SIGKILL)
    while psutil.Process(process.pid).status() != psutil.STATUS_ZOMBIE:
        time.sleep(0.01)
    assert not identity.alive()
    process.wait()
    assert not identity.alive()


def test_an_interrupted_write_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(b"old")

    def interrupted() -> None:
        with atomic_write(path) as file:
            file.write(b"half")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        interrupted()
    assert path.read_bytes() == b"old"
    assert [p.name for p in tmp_path.iterdir()] == ["x"]


def checkpoint(step: int, kind: str) -> Checkpoint:
    return Checkpoint(step, step / 10, kind, "hash", 0, 0.0)


def test_full_disk_refuses_a_checkpoint_and_keeps_the_old_ones(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = Checkpoints(tmp_path)
    store.save(checkpoint(1, "auto"), lambda file: file.write(b"x" * 100) and None, expected_bytes=100)

    def full(file: object) -> None:
        raise RuntimeError("[enforce fail at inline_container.cc:672] . unexpected pos 704 vs 598")

    with pytest.raises(DiskFull, match="Training goes on"):
        store.save(checkpoint(2, "auto"), full, expected_bytes=100)
    usage = type("Usage", (), {"free": 2**20})
    monkeypatch.setattr(checkpoints_module.shutil, "disk_usage", lambda path: usage)
    with pytest.raises(DiskFull, match="1 MB are free"):
        store.save(checkpoint(3, "auto"), lambda file: None, expected_bytes=100)
    assert [c.step for c in store.list()] == [1]
    assert not [p for p in tmp_path.iterdir() if p.name.endswith(".tmp")]


def test_thinning_keeps_what_people_asked_for(tmp_path: Path) -> None:
    store = Checkpoints(tmp_path)
    for step, kind in enumerate(["first", "auto", "best", "user", "auto", "best", "auto", "auto", "last"]):
        store.save(checkpoint(step, kind), lambda file: file.write(b"x") and None, expected_bytes=1)
    store.thin(2)
    assert [(c.step, c.kind) for c in store.list()] == [
        (0, "first"), (3, "user"), (5, "best"), (6, "auto"), (7, "auto"), (8, "last"),
    ]  # fmt: skip


def test_a_checkpoint_without_its_tensors_is_not_listed(tmp_path: Path) -> None:
    store = Checkpoints(tmp_path)
    store.save(checkpoint(1, "auto"), lambda file: None, expected_bytes=1)
    store.path(1).unlink()
    (tmp_path / "step-000000009.json").write_text(json.dumps({"step": 9}))
    assert store.list() == []


def test_wal_is_used_where_it_works(tmp_path: Path) -> None:
    assert open_writer(tmp_path / "run.db").execute("PRAGMA journal_mode").fetchone() == ("wal",)
