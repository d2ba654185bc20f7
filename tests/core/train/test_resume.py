"""A run that was killed and resumed ends in the same state, bit by bit, as one that never was."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pytest
from runs_for_tests import create, final_hash, kill_at, last_row, start_trainer

from core.store.checkpoints import Checkpoint, Checkpoints
from core.store.status import run_status
from core.store.workspace import Run, Workspace
from core.train.process import train_run

LONG = {"train": {"epochs": 200, "batch_size": 32, "checkpoint_every": 1}}


def test_same_recipe_twice_gives_the_same_state(workspace: Workspace) -> None:
    runs = [create(workspace), create(workspace)]
    assert [train_run(run.path, log_to_file=False) for run in runs] == ["done", "done"]
    assert final_hash(runs[0]) == final_hash(runs[1])


@pytest.mark.slow
def test_another_seed_gives_another_state(workspace: Workspace) -> None:
    runs = [create(workspace), create(workspace, seed=4)]
    for run in runs:
        train_run(run.path, log_to_file=False)
    assert final_hash(runs[0]) != final_hash(runs[1])


def kill_and_resume(workspace: Workspace, kills: int, seed: int) -> tuple[Run, Run]:
    whole, broken = create(workspace, **LONG), create(workspace, **LONG)
    assert start_trainer(whole).wait() == 0
    choose = random.Random(seed)
    for _ in range(kills):
        process = start_trainer(broken)
        shown = last_row(broken)
        killed = kill_at(broken, process, shown + choose.randint(1, 400))
        assert last_row(broken) >= shown or run_status(broken).word == "lost"
        if not killed:
            break
        assert run_status(broken).word == "lost"
    if run_status(broken).word != "done":
        assert start_trainer(broken).wait() == 0
    return whole, broken


def assert_equal_records(whole: Run, broken: Run) -> None:
    assert final_hash(whole) == final_hash(broken)
    first, second = whole.reader(), broken.reader()
    assert first is not None
    assert second is not None
    expected, found = first.rows("step").newest(), second.rows("step").newest()
    assert np.array_equal(expected.step, found.step), "a step is missing"
    assert expected.values[:, 0].tobytes() == found.values[:, 0].tobytes(), "a loss differs"
    started = [e for e in second.events() if e.kind == "started"]
    assert all(e.data["verified"] for e in started[1:])


@pytest.mark.slow
def test_three_kills_and_resumes(workspace: Workspace) -> None:
    assert_equal_records(*kill_and_resume(workspace, kills=3, seed=1))


@pytest.mark.slow
def test_twenty_kills_and_resumes(workspace: Workspace) -> None:
    assert_equal_records(*kill_and_resume(workspace, kills=20, seed=2))


@pytest.mark.slow
def test_a_live_change_beyond_the_checkpoint_is_applied_again_at_its_step(workspace: Workspace) -> None:
    """Change at step ~k, kill, resume from an older checkpoint: the loss history equals the run's own first pass."""
    run = create(workspace, train={"epochs": 300, "batch_size": 32, "checkpoint_every": 100_000})
    process = start_trainer(run)
    while last_row(run) < 20:
        assert process.poll() is None
    run.control.send("set", {"setting": "optim.lr", "value": 0.0005})
    assert kill_at(run, process, last_row(run) + 400)
    assert start_trainer(run).wait() == 0
    reader = run.reader()
    assert reader is not None
    rows = reader.rows("step")
    first, second = rows.attempt == 1, rows.attempt == 2
    overlap = np.intersect1d(rows.step[first], rows.step[second])
    changed = [e for e in reader.events() if e.kind == "changed"]
    assert len(changed) == 1
    assert len(overlap) > changed[0].step, "the change must lie inside the part that was trained twice"
    before = rows.values[first][: len(overlap), :2]
    after = rows.values[second][: len(overlap), :2]
    assert before.tobytes() == after.tobytes()


def test_every_row_up_to_a_checkpoint_is_on_disk_before_it(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else a kill between a checkpoint and the next commit would leave a gap that no resume fills."""
    monkeypatch.setattr("core.store.rows.FLUSH_SECONDS", 1e9)
    monkeypatch.setattr("core.train.checkpointing.LEAST_SECONDS", 0.0)
    monkeypatch.setattr("core.train.checkpointing.LARGEST_SHARE", 1e9)
    run = create(workspace, train={"epochs": 4, "batch_size": 32, "checkpoint_every": 1})
    seen: list[tuple[int, int]] = []
    save = Checkpoints.save

    def watched(self: Checkpoints, wanted: Checkpoint, write: Any, **options: Any) -> Checkpoint:
        seen.append((wanted.step, last_row(run)))
        return save(self, wanted, write, **options)

    monkeypatch.setattr(Checkpoints, "save", watched)
    assert train_run(run.path, log_to_file=False) == "done"
    assert len(seen) > 3
    assert all(max(on_disk, 0) == step for step, on_disk in seen), seen
