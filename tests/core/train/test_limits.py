"""A trainer keeps to the limits beside its recipe, whoever asked for more."""

from __future__ import annotations

import json
import time

import pytest

from core.errors import LimitReached
from core.recipe.codec import parse_recipe, to_document
from core.store.status import run_status
from core.store.workspace import Run, Workspace
from core.train.limits import Limits
from core.train.process import train_run
from core.train.session import TrainingSession

SMALL = {"name": "L", "data": {"key": "digits", "limit": 200}, "model": {"depth": 1, "width": 8}}


def limited(workspace: Workspace, limits: Limits, epochs: int = 2, **model: int) -> Run:
    document = {**SMALL, "model": {"depth": 1, "width": 8, **model}, "train": {"epochs": epochs}}
    run = workspace.create(to_document(parse_recipe(document)))
    (run.path / "limits.json").write_text(json.dumps(limits.document()))
    return run


@pytest.mark.parametrize(
    ("limits", "words"),
    [(Limits(epochs=1), "2 epochs are asked for"), (Limits(parameters=500), "parameters; here it has at most 500")],
)
def test_a_run_beyond_a_limit_fails_with_a_sentence(workspace: Workspace, limits: Limits, words: str) -> None:
    run = limited(workspace, limits)
    assert train_run(run.path, log_to_file=False) == "failed"
    assert words in run_status(run).reason


def test_within_its_limits_a_run_is_done(workspace: Workspace) -> None:
    run = limited(workspace, Limits(epochs=2, parameters=700, minutes=5))
    assert train_run(run.path, log_to_file=False) == "done"


def test_extending_beyond_the_limit_is_refused_and_the_run_goes_on(workspace: Workspace) -> None:
    run = limited(workspace, Limits(epochs=3))
    run.control.send("extend", {"epochs": 5})
    assert TrainingSession(run).run() == "done"
    reader = run.reader()
    assert reader is not None
    refused = [event for event in reader.events() if event.kind == "refused"]
    assert "at most 3" in refused[0].data["reason"]
    reader.close()


def test_when_its_minutes_are_over_a_run_stops_and_can_go_on(workspace: Workspace) -> None:
    run = limited(workspace, Limits(minutes=0.5 / 60), epochs=100_000)
    began = time.monotonic()
    assert train_run(run.path, log_to_file=False) == "stopped"
    assert time.monotonic() - began >= 0.5
    assert "waits for its next turn" in run_status(run).reason
    assert run.checkpoints.list()


def test_checkpoints_keep_to_the_disk_limit(workspace: Workspace) -> None:
    run = limited(workspace, Limits(disk=1), width=200, epochs=3)  # a checkpoint takes about 0.35 MiB
    session = TrainingSession(run)
    for _ in range(4):
        run.control.send("checkpoint")
    assert session.run() == "done"
    kept = run.checkpoints.list()
    assert len(kept) >= 1
    assert sum(checkpoint.bytes for checkpoint in kept) <= 2**20
    reader = run.reader()
    assert reader is not None
    reader.close()


def test_a_limit_that_no_checkpoint_fits_leaves_the_training_alone(workspace: Workspace) -> None:
    run = limited(workspace, Limits(disk=0))
    assert train_run(run.path, log_to_file=False) == "done"
    assert run.checkpoints.list() == []
    reader = run.reader()
    assert reader is not None
    said = [event.data["reason"] for event in reader.events() if event.kind == "checkpoint_failed"]
    assert len(said) == 1
    assert "here they have 0 MiB" in said[0]
    reader.close()


def test_limits_round_trip_and_leave_out_what_is_free() -> None:
    limits = Limits(epochs=5, minutes=2.5)
    assert Limits.of(limits.document()) == limits
    assert limits.document() == {"epochs": 5, "minutes": 2.5}
    Limits().check_epochs(10**9)
    with pytest.raises(LimitReached, match="at most 5"):
        limits.check_epochs(6)
