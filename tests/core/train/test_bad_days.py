"""Full disks, broken checkpoints, NaN, odd batches: training goes on where it can and says what happened where not."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from runs_for_tests import create, final_hash, tiny

from core.store.rows import Event
from core.store.status import run_status
from core.store.workspace import Run, Workspace
from core.train.process import train_run


def history(run: Run, kind: str) -> list[Event]:
    reader = run.reader()
    assert reader is not None
    try:
        return [event for event in reader.events() if event.kind == kind]
    finally:
        reader.close()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "disk"
    folder.mkdir()
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=6m", "tmpfs", str(folder)], capture_output=True)
    if made.returncode:
        pytest.skip("mounting a small disk needs root")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


@pytest.mark.slow
def test_a_full_disk_stops_checkpoints_and_not_training(small_disk: Path) -> None:
    # Attributions take the more room the slower the machine, and then the rows would have none either.
    record = {"attributions": "off"}
    run = create(Workspace(small_disk), train={"epochs": 300, "batch_size": 32}, record=record)
    with (small_disk / "ballast").open("wb") as ballast:
        ballast.write(b"x" * 3_000_000)
    assert train_run(run.path, log_to_file=False) in ("done", "stopped")
    failed = history(run, "checkpoint_failed")
    assert failed
    assert "Training goes on" in failed[0].data["reason"]
    status = run_status(run)
    assert status.state["disk_full"]
    assert status.state["step"] == status.state["total_steps"]


def test_a_truncated_checkpoint_is_passed_over_for_an_older_one(workspace: Workspace) -> None:
    whole, broken = create(workspace), create(workspace)
    train_run(whole.path, log_to_file=False)
    train_run(broken.path, log_to_file=False)
    last = broken.checkpoints.latest()
    assert last is not None
    os.truncate(broken.checkpoints.path(last.step), 500)
    assert train_run(broken.path, log_to_file=False) == "done"
    started = history(broken, "started")[-1]
    assert started.step == 0
    assert "can't be read" in started.data["note"]
    assert final_hash(whole) == final_hash(broken)


def test_a_flipped_bit_in_a_checkpoint_is_not_called_verified(workspace: Workspace) -> None:
    run = create(workspace)
    train_run(run.path, log_to_file=False)
    last = run.checkpoints.latest()
    assert last is not None
    description = run.checkpoints.path(last.step).with_suffix(".json")
    description.write_text(description.read_text().replace(last.state_hash, "0" * 64))
    run.control.send("extend", {"epochs": 1})
    train_run(run.path, log_to_file=False)
    assert history(run, "started")[-1].data["verified"] is False


def test_nan_is_recorded_where_it_happens_and_the_run_fails_with_a_sentence(workspace: Workspace) -> None:
    run = create(
        workspace,
        model={"norm": "none", "dropout": 0.0},
        optim={"key": "sgd", "lr": 1e6},
        clip={"mode": "none"},
        train={"epochs": 60, "batch_size": 32},
    )
    assert train_run(run.path, log_to_file=False) == "failed"
    first = history(run, "non_finite")
    assert len(first) == 1
    reader = run.reader()
    assert reader is not None
    rows = reader.rows("step")
    bad = rows.step[~np.isfinite(rows.values[:, 0])]
    assert len(bad) >= 50
    assert first[0].step <= bad[0]
    assert "not a finite number" in run_status(run).reason


def test_a_last_batch_of_one_is_left_out(workspace: Workspace) -> None:
    """Batch norm can't train on one row, and 33 training rows in batches of 32 would leave one."""
    run = workspace.create(tiny(data={"key": "digits", "limit": 41}, train={"epochs": 2, "batch_size": 32}))
    assert train_run(run.path, log_to_file=False) == "done"
    assert run_status(run).state["step"] == 2


def test_early_stopping_keeps_the_best_weights(workspace: Workspace) -> None:
    run = create(
        workspace,
        data={"key": "digits", "limit": 60},
        model={"depth": 1, "width": 64, "dropout": 0.0},
        optim={"lr": 0.3},
        train={"epochs": 500, "batch_size": 8, "patience": 3},
    )
    assert train_run(run.path, log_to_file=False) == "done"
    state = run_status(run).state
    assert state["step"] < state["total_steps"]
    assert "Stopped early" in state["message"]
    reader = run.reader()
    assert reader is not None
    rows = reader.rows("evaluation")
    losses = rows.values[:, reader.streams()["evaluation"].index("val_loss")]
    assert rows.step[int(np.nanargmin(losses))] == state["best_step"]


def test_a_model_too_large_is_refused_with_its_size(workspace: Workspace) -> None:
    run = create(workspace, model={"width": 4096, "depth": 64})
    assert train_run(run.path, log_to_file=False) == "failed"
    assert "parameters" in run_status(run).reason
