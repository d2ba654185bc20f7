"""Starting, queueing, cancelling, resuming and forking runs; trainers outlive whoever started them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from core.errors import BadInput, RecipeError
from core.recipe.codec import parse_recipe
from core.recipe.parts import Recipe
from core.runtime import jobs
from core.store.status import run_status
from core.store.workspace import Run, Workspace
from tests.warm import WarmDispatcher

ROOT = Path(__file__).resolve().parents[3]


def recipe(epochs: int = 3) -> Recipe:
    return parse_recipe(
        {
            "name": "Job",
            "data": {"key": "digits", "limit": 200},
            "model": {"depth": 1, "width": 8},
            "train": {"epochs": epochs},
        }
    )


def wait_for(what: Callable[[], bool], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)


@pytest.fixture
def dispatcher(workspace: Workspace) -> Iterator[jobs.Dispatcher]:
    dispatcher = WarmDispatcher(workspace, cap=1)
    dispatcher.start()
    yield dispatcher
    dispatcher.stop()
    for run in workspace.runs():
        jobs.kill(run)


def word(run: Run) -> str:
    return run_status(run).word


def test_queue_cap_order_and_cancel(workspace: Workspace, dispatcher: jobs.Dispatcher) -> None:
    first = jobs.start(workspace, recipe(90_000))
    wait_for(lambda: word(first) == "running" and run_status(first).state.get("step", 0) > 0)
    second, third = jobs.start(workspace, recipe()), jobs.start(workspace, recipe())
    assert [word(run) for run in (second, third)] == ["queued", "queued"]
    assert [jobs.queue_position(workspace, run) for run in (first, second, third)] == [None, 1, 2]
    assert jobs.cancel(workspace, second)
    assert not jobs.cancel(workspace, first)
    assert word(second) == "stopped"
    first.control.send("stop")
    wait_for(lambda: word(third) == "done")
    assert word(first) == "stopped"
    assert word(second) == "stopped"


def test_resume_goes_on_where_it_stopped(workspace: Workspace, dispatcher: jobs.Dispatcher) -> None:
    run = jobs.start(workspace, recipe(90_000))
    wait_for(lambda: run_status(run).state.get("step", 0) > 20)
    with pytest.raises(BadInput, match="running"):
        jobs.resume(workspace, run)
    run.control.send("stop")
    wait_for(lambda: word(run) == "stopped")
    stopped_at = run_status(run).state["step"]
    jobs.resume(workspace, run)
    wait_for(lambda: run_status(run).state["step"] > stopped_at + 20)
    reader = run.reader()
    assert reader is not None
    started = [event for event in reader.events() if event.kind == "started"]
    assert started[1].step == stopped_at
    assert started[1].data["verified"]


def test_a_killed_trainer_is_lost_and_can_be_resumed(workspace: Workspace, dispatcher: jobs.Dispatcher) -> None:
    run = jobs.start(workspace, recipe(200))
    wait_for(lambda: run_status(run).state.get("step", 0) > 5)
    jobs.kill(run)
    wait_for(lambda: word(run) == "lost")
    jobs.resume(workspace, run)
    wait_for(lambda: word(run) == "done")


@pytest.mark.slow  # the browser journeys kill a server too
def test_trainer_survives_the_death_of_the_server(workspace: Workspace) -> None:
    code = (
        "import time, pathlib, sys\n"
        "from core.runtime import jobs\nfrom core.store.workspace import Workspace\n"
        "d = jobs.Dispatcher(Workspace(pathlib.Path(sys.argv[1])))\nd.start()\ntime.sleep(600)\n"
    )
    server = subprocess.Popen(
        [sys.executable, "-c", code, str(workspace.home)], cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}
    )
    run = jobs.start(workspace, recipe(90_000))
    try:
        wait_for(lambda: run_status(run).state.get("step", 0) > 0)
        server.send_signal(signal.SIGKILL)
        server.wait()
        step = run_status(run).state["step"]
        wait_for(lambda: run_status(run).state["step"] > step + 50)
        again = jobs.Dispatcher(workspace, cap=1)  # a new server finds it and keeps to the cap
        queued = jobs.start(workspace, recipe())
        again.tick()
        assert word(queued) == "queued"
        again.stop_spare()
        run.control.send("stop")
        wait_for(lambda: word(run) == "stopped")
    finally:
        server.kill()
        jobs.kill(run)


def test_a_recipe_that_cannot_run_fails_with_a_sentence(workspace: Workspace, dispatcher: jobs.Dispatcher) -> None:
    upload = parse_recipe({"data": {"key": "upload", "file": "nothing-here", "target": "y"}, "loss": {"key": "mse"}})
    run = jobs.start(workspace, upload)
    wait_for(lambda: word(run) == "failed")
    assert "nothing-here" in run_status(run).reason


def test_fork_refuses_what_cannot_work(workspace: Workspace) -> None:
    run = jobs.start(workspace, recipe())
    with pytest.raises(BadInput, match="no checkpoint at step 7"):
        jobs.fork(workspace, run, 7, {})
    from core.train.process import train_run

    train_run(run.path, log_to_file=False)
    with pytest.raises(BadInput, match="start a new run"):
        jobs.fork(workspace, run, 0, {"model.key": "cnn"})
    with pytest.raises(RecipeError, match=r"optim\.lr"):
        jobs.fork(workspace, run, 0, {"optim.lr": -1})
    assert len(list(workspace.runs())) == 1
