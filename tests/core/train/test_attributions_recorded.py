"""The trainer's record of attributions: inside its budget, right, and without any trace in the training itself."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
import torch
from runs_for_tests import TINY, create, final_hash, kill_at, start_trainer

from core.errors import BadInput
from core.explain import records as records_module
from core.explain.baselines import baseline
from core.explain.over_training import after_parent, read
from core.explain.path import FixedRows, PathValues
from core.explain.records import Records
from core.recipe.codec import parse_recipe, to_document
from core.runtime import jobs
from core.store.rows import Event
from core.store.status import run_status
from core.store.workspace import Run, Workspace
from core.train import checkpointing, state
from core.train.attributions import LARGEST_SHARE, Allowance
from core.train.events import Evaluated
from core.train.plan import make_plan
from core.train.process import train_run
from core.train.session import TrainingSession
from gradclinic.cli import main

OFTEN = {"record": {"attributions": "on"}}
FAMILIES: dict[str, dict[str, Any]] = {
    "mlp": {**TINY, "train": {"epochs": 2, "batch_size": 32}},
    "cnn": {"data": {"key": "digits", "limit": 200}, "model": {"key": "cnn", "channels": 4, "dropout": 0.2}},
    "words": {"data": {"key": "tweets", "limit": 200}, "model": {"key": "lstm", "hidden": 8, "dropout": 0.2}},
    "numbers": {"data": {"key": "diabetes", "limit": 200}, "model": {"key": "mlp", "dropout": 0.2, "norm": "batch"}},
}


def trained(workspace: Workspace, **changes: Any) -> Run:
    """A run of TINY with changes, trained to its end."""
    run = create(workspace, **changes)
    assert train_run(run.path, log_to_file=False) == "done"
    return run


def events(run: Run, kind: str) -> list[Event]:
    """Entries of the history."""
    reader = run.reader()
    assert reader is not None
    try:
        return [event for event in reader.events() if event.kind == kind]
    finally:
        reader.close()


def explained_anew(run: Run, step: int) -> PathValues:
    """The attributions that the checkpoint at `step` gives, in a model built anew."""
    plan = make_plan(parse_recipe(run.document()))
    saved = state.load(run.checkpoints.path(step), plan.device)
    state.load_weights(plan.model, saved)
    samples = Records(run.attributions).samples()
    assert samples is not None
    base = baseline(plan.data).values
    followed = FixedRows(plan.model, samples.x, samples.target, base, plan.data.kind)
    found = Records(run.attributions).get(step)
    assert found is not None
    return followed.explain(plan.model.state_dict(), found.points)


def assert_is_of_checkpoint(run: Run, step: int) -> None:
    """The record at `step` explains the model of that checkpoint."""
    found, expected = Records(run.attributions).get(step), explained_anew(run, step)
    assert found is not None
    np.testing.assert_allclose(found.values, expected.values, atol=1e-5 * max(np.abs(expected.values).max(), 1))
    assert found.gap == pytest.approx(expected.gap, rel=1e-3, abs=1e-6)


# ---- no trace --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("family", FAMILIES)
def test_recording_leaves_no_trace_in_the_training(workspace: Workspace, family: str) -> None:
    runs = {}
    for wish in ("on", "auto", "off"):
        document = {"train": {"epochs": 2}, **FAMILIES[family], "record": {"attributions": wish}}
        runs[wish] = workspace.create(to_document(parse_recipe(document)))
        assert train_run(runs[wish].path, log_to_file=False) == "done"
    assert len({final_hash(run) for run in runs.values()}) == 1
    assert len(Records(runs["on"].attributions).steps()) == 3
    assert not read(runs["on"]).withheld
    assert not runs["off"].attributions.exists()


def test_the_records_are_the_checkpoints_attributions(workspace: Workspace) -> None:
    for run in (
        trained(workspace, **OFTEN),
        trained(workspace, **OFTEN, optim={"key": "schedule_free"}, schedule={"key": "constant"}),
    ):
        for checkpoint in run.checkpoints.list():
            assert_is_of_checkpoint(run, checkpoint.step)


def test_after_early_stopping_the_last_record_is_of_the_weights_that_are_kept(workspace: Workspace) -> None:
    run = trained(workspace, **OFTEN, optim={"key": "sgd", "lr": 0.5}, train={"epochs": 60, "patience": 2})
    last = run.checkpoints.latest()
    assert last is not None
    assert last.step < run_status(run).state["total_steps"]
    assert_is_of_checkpoint(run, last.step)


# ---- attempts and forks ----------------------------------------------------------------------------------------------


def assert_same_history(whole: Run, broken: Run) -> None:
    """Both ended alike and recorded the same."""
    assert final_hash(whole) == final_hash(broken)
    one, two = read(whole), read(broken)
    np.testing.assert_array_equal(one.steps, two.steps)
    np.testing.assert_array_equal(one.values, two.values)


def test_what_was_recorded_beyond_the_checkpoint_is_recorded_again(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checkpointing, "LEAST_SECONDS", 0.0)
    monkeypatch.setattr(checkpointing, "LARGEST_SHARE", 1e9)
    apart = {"train": {"epochs": 6, "batch_size": 32, "checkpoint_every": 3}, **OFTEN}
    whole, broken = trained(workspace, **apart), create(workspace, **apart)
    each = run_status(whole).state["total_steps"] // 6

    def die(result: Evaluated, _: int) -> None:
        if result.step == 5 * each:
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        TrainingSession(broken, on_evaluated=die).run()
    records = Records(broken.attributions)
    assert records.steps()[-1] == 4 * each
    (records.folder / f"step-{4 * each + 1:09d}.npz").write_bytes(b"of an attempt that went another way")
    assert train_run(broken.path, log_to_file=False) == "done"
    assert events(broken, "started")[-1].step == 3 * each
    assert_same_history(whole, broken)


@pytest.mark.slow
def test_records_go_on_after_a_kill_as_if_there_had_been_none(workspace: Workspace) -> None:
    long = {"train": {"epochs": 100, "batch_size": 32}, **OFTEN}
    whole, broken = create(workspace, **long), create(workspace, **long)
    assert start_trainer(whole).wait() == 0
    assert kill_at(broken, start_trainer(broken), 300)
    assert start_trainer(broken).wait() == 0
    assert_same_history(whole, broken)


def test_a_fork_starts_a_record_of_its_own(workspace: Workspace) -> None:
    run = trained(workspace, **OFTEN)
    last = run.checkpoints.latest()
    assert last is not None
    child = jobs.fork(workspace, run, last.step, {"train.epochs": 9})
    train_run(child.path, log_to_file=False)
    mine, parents = read(child), read(run)
    assert mine.steps[0] == last.step
    np.testing.assert_allclose(mine.values[0], parents.values[-1], atol=1e-6)
    assert len(after_parent(mine, parents, last.step).steps) == 6 + 3 + 1


# ---- what it may cost, and bad days ----------------------------------------------------------------------------------


def spend(allowance: Allowance, each: float, evaluations: int, seconds: float, setup: float = 0.0) -> list[int]:
    """The evaluations of a training of `seconds` at which it records."""
    at = []
    for number in range(evaluations):
        progress = number / evaluations
        if allowance.due(progress, seconds * progress):
            allowance.book(each + setup * (not at), each)
            at.append(number)
    if at:
        allowance.book(each, each)
    return at


@pytest.mark.parametrize("each", [0.001, 0.02, 0.13, 0.4])
@pytest.mark.parametrize("seconds", [2.0, 60.0, 4000.0])
def test_it_never_takes_more_than_it_may(each: float, seconds: float) -> None:
    allowance = Allowance(each=each)
    at = spend(allowance, each, 200, seconds)
    whole = max(allowance.grace, LARGEST_SHARE * seconds)
    assert at[0] == 0
    assert allowance.spent <= whole + each
    early = sum(number < 50 for number in at)
    if early < 50:
        assert allowance.spent > whole - 3 * each
        assert early == pytest.approx(len(at) / 2, abs=2)


def test_what_is_too_dear_is_not_begun_until_the_training_is_long_enough() -> None:
    assert spend(Allowance(each=0.7), 0.7, 100, 30.0) == []
    at = spend(Allowance(each=0.7), 0.7, 100, 400.0)
    assert 0 < at[0] < 5
    assert len(at) > 5


def test_the_cost_is_told(workspace: Workspace) -> None:
    run = trained(workspace)
    told = run_status(run).state["attributions"]
    history = read(run)
    assert told["records"] == len(history.steps) + len(history.withheld) >= 2
    assert 0 < history.seconds <= told["seconds"]
    assert told["share"] == pytest.approx(told["seconds"] / run_status(run).state["seconds"], rel=0.01)
    assert history.steps[-1] == run_status(run).state["step"]


def test_the_command_tells_it(workspace: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    home, run = ["--home", str(workspace.home)], trained(workspace, **OFTEN)
    assert main([*home, "explain", "last", "--over-training", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["run_id"] == run.id
    assert told["steps"] == read(run).steps.tolist()
    assert len(told["steps"]) == len(told["rank_to_final"]) == len(told["gaps"])
    assert {"name", "used", "share", "step", "epoch", "after"} == set(told["began"][0])
    assert main([*home, "explain", "last", "--over-training"]) == 0
    assert "of the training time" in capsys.readouterr().out
    trained(workspace, record={"attributions": "off"}, train={"epochs": 1}, name="Silent")
    assert main([*home, "explain", "silent", "--over-training"]) == 2


def test_a_full_disk_ends_the_recording_and_not_the_training(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(records_module, "SPARE_BYTES", 2**62)
    run = trained(workspace, **OFTEN)
    (told,) = events(run, "attributions_stopped")
    assert told.data["reason"] == "Attributions are no longer recorded: the disk is full. Training goes on."
    with pytest.raises(BadInput):
        read(run)


def test_a_fault_in_explaining_ends_the_recording_and_not_the_training(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise torch.OutOfMemoryError("no memory left")

    monkeypatch.setattr(FixedRows, "explain", fail)
    run = trained(workspace)
    (told,) = events(run, "attributions_stopped")
    assert "no memory left" in told.data["reason"]


def test_a_run_that_diverges_keeps_its_early_records(workspace: Workspace) -> None:
    steep = {"optim": {"key": "sgd", "lr": 1e6}, "clip": {"mode": "none"}, "model": {"norm": "none"}}
    run = create(workspace, **OFTEN, **steep, train={"epochs": 20})
    assert train_run(run.path, log_to_file=False) == "failed"
    history = read(run)
    assert history.steps.tolist() == [0]
    assert history.withheld
    assert history.final_withheld
