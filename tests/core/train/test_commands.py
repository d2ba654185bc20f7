"""Control while it trains: each command takes effect, is a row of the history, and survives."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import pytest
import torch
from runs_for_tests import create, last_row, start_trainer

from core.recipe.codec import parse_recipe
from core.runtime import jobs
from core.store.rows import Event
from core.store.status import run_status
from core.store.workspace import Run, Workspace
from core.train.process import train_run
from tests.warm import WarmProcess

ENDLESS = {"train": {"epochs": 90_000, "batch_size": 32}}


def wait_for(what: Callable[[], bool], process: WarmProcess | None = None, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < deadline, "waited in vain"
        assert process is None or process.poll() is None, "the trainer ended"
        time.sleep(0.01)


def events(run: Run, kind: str) -> list[Event]:
    reader = run.reader()
    if reader is None:
        return []
    try:
        return [event for event in reader.events() if event.kind == kind]
    finally:
        reader.close()


@pytest.fixture
def training(workspace: Workspace) -> Iterator[tuple[Run, WarmProcess]]:
    run = create(workspace, **ENDLESS)
    process = start_trainer(run)
    wait_for(lambda: last_row(run) > 5, process)
    yield run, process
    process.kill()
    process.wait()


def test_pause_step_resume_stop(training: tuple[Run, WarmProcess]) -> None:
    run, process = training
    run.control.send("pause", author="Ada")
    wait_for(lambda: run_status(run).word == "paused", process)
    paused_at = run_status(run).state["step"]
    time.sleep(0.3)
    assert run_status(run).state["step"] == paused_at
    assert events(run, "paused")[0].data["author"] == "Ada"
    run.control.send("step", {"count": 7})
    wait_for(lambda: run_status(run).state["step"] == paused_at + 7, process)
    time.sleep(0.2)
    assert run_status(run).word == "paused"
    assert run_status(run).state["step"] == paused_at + 7
    run.control.send("resume")
    wait_for(lambda: last_row(run) > paused_at + 20, process)
    run.control.send("stop")
    assert process.wait(timeout=60) == 0
    status = run_status(run)
    assert status.word == "stopped"
    last = run.checkpoints.latest()
    assert last is not None
    assert (last.kind, last.step) == ("last", status.state["step"])


def test_changes_are_applied_and_recorded(training: tuple[Run, WarmProcess]) -> None:
    run, process = training
    for setting, value in (
        ("optim.lr", 0.5),
        ("optim.weight_decay", 0.01),
        ("optim.momentum", 0.5),
        ("clip.mode", "value"),
        ("clip.limit", 2.0),
    ):
        run.control.send("set", {"setting": setting, "value": value})
    run.control.send("extend", {"epochs": 7})
    wait_for(lambda: len(events(run, "extended")) == 1, process)
    found = {e.data["setting"]: (e.data["before"], e.data["after"]) for e in events(run, "changed")}
    assert found == {
        "optim.lr": (0.003, 0.5),
        "optim.weight_decay": (1e-4, 0.01),
        "optim.momentum": (0.9, 0.5),
        "clip.mode": ("norm", "value"),
        "clip.limit": (1.0, 2.0),
    }
    assert events(run, "extended")[0].data["after"] == 90_007
    wait_for(lambda: run_status(run).state["settings"]["lr"] == 0.5, process)
    forkable = jobs.settings_at(run, 10**9)
    assert (forkable.optim.lr, forkable.optim.params["beta1"], forkable.clip.mode) == (0.5, 0.5, "value")


def test_nonsense_is_refused_in_words_and_training_goes_on(training: tuple[Run, WarmProcess]) -> None:
    run, process = training
    run.control.send("set", {"setting": "optim.lr", "value": -1})
    run.control.send("set", {"setting": "optim.lrr", "value": 1})
    run.control.send("extend", {"epochs": "many"})
    run.control.send("dance")
    wait_for(lambda: len(events(run, "refused")) == 3 and len(events(run, "ignored")) == 1, process)
    reasons = [event.data["reason"] for event in events(run, "refused")]
    assert "of at least 0" in reasons[0]
    assert "optim.lr" in reasons[1]
    assert "whole number" in reasons[2]
    before = last_row(run)
    wait_for(lambda: last_row(run) > before, process)


def test_the_same_press_twice_is_one_command(workspace: Workspace) -> None:
    run = create(workspace)
    for _ in range(3):
        run.control.send("stop", key="press-1")
    assert len(run.control.commands()) == 1


def test_a_done_run_can_be_extended(workspace: Workspace) -> None:
    run = create(workspace)
    assert train_run(run.path, log_to_file=False) == "done"
    first = run_status(run).state["step"]
    run.control.send("extend", {"epochs": 2})
    assert train_run(run.path, log_to_file=False) == "done"
    assert run_status(run).state["step"] == first // 6 * 8


def test_fork_keeps_weights_and_changes_settings(workspace: Workspace) -> None:
    run = create(workspace)
    train_run(run.path, log_to_file=False)
    last = run.checkpoints.latest()
    assert last is not None
    child = jobs.fork(workspace, run, last.step, {"optim.key": "sgd", "optim.lr": 0.01, "train.epochs": 8})
    assert child.origin()["run"] == run.id
    assert run_status(child).word == "queued"
    assert train_run(child.path, log_to_file=False) == "done"
    recipe = parse_recipe(child.document())
    assert (recipe.optim.key, recipe.optim.lr) == ("sgd", 0.01)
    reader, parent = child.reader(), run.reader()
    assert reader is not None
    assert parent is not None
    steps = reader.rows("step").step
    assert steps[0] == last.step + 1
    assert steps[-1] == last.step // 6 * 8


def test_an_unchanged_fork_is_an_exact_twin(workspace: Workspace) -> None:
    run = create(workspace)
    train_run(run.path, log_to_file=False)
    child = jobs.fork(workspace, run, 0, {}, name="Twin")
    train_run(child.path, log_to_file=False)
    one, two = run.reader(), child.reader()
    assert one is not None
    assert two is not None
    assert one.rows("step").values[:, 0].tobytes() == two.rows("step").values[:, 0].tobytes()


def test_a_fork_trains_with_the_optimizer_settings_that_it_changed_and_keeps_the_moments(workspace: Workspace) -> None:
    run = create(workspace)
    train_run(run.path, log_to_file=False)
    last = run.checkpoints.latest()
    assert last is not None
    changes = {"optim.beta2": 0.9, "optim.eps": 1e-3, "train.epochs": 7}
    child = jobs.fork(workspace, run, last.step, changes)
    assert train_run(child.path, log_to_file=False) == "done"
    newest = child.checkpoints.latest()
    assert newest is not None
    before, after = (
        torch.load(one.checkpoints.path(at.step), weights_only=True) for one, at in ((run, last), (child, newest))
    )
    (group,) = after["optimizer"]["param_groups"]
    assert (group["betas"], group["eps"]) == ((0.9, 0.9), 1e-3)
    assert before["optimizer"]["param_groups"][0]["eps"] == 1e-8
    steps = [moments["step"].item() for moments in after["optimizer"]["state"].values()]
    assert steps == [newest.step] * len(steps), "the moments went on"
