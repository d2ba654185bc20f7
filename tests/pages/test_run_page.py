"""The Run page: each button stores its command, forks start, labels are saved, the words fit the state."""

from __future__ import annotations

import time
from typing import IO

import pytest
from streamlit.testing.v1 import AppTest

from core.store.checkpoints import Checkpoint
from core.store.workspace import Run, Workspace
from tests.pages.conftest import Open, calm, finished
from tests.synthetic_run import SyntheticRun

SETTINGS = {
    "lr": 0.05, "weight_decay": 0.0, "momentum": 0.9, "clip_mode": "none", "clip_limit": 1.0, "epochs": 20, "steps": None,
}  # fmt: skip


def at_work(workspace: Workspace, status: str = "running") -> Run:
    """A run whose trainer (this process) is alive."""
    made = SyntheticRun(workspace, "at work", nan=None, spike=None)
    made.append(50, status=status, settings=SETTINGS)
    return made.run


def with_checkpoint(run: Run, step: int = 40) -> Checkpoint:
    wanted = Checkpoint(step, 1.0, "user", "ab" * 32, 0, time.time(), 0.5)

    def write(file: IO[bytes]) -> None:
        file.write(b"tensors")

    return run.checkpoints.save(wanted, write, expected_bytes=10)


def press(at: AppTest, label: str) -> AppTest:
    next(found for found in at.button if found.label == label).click()
    return at.run()


def labels(at: AppTest) -> list[str]:
    return [found.label for found in at.button]


def tab(at: AppTest, name: str) -> AppTest:
    at.session_state["run_tabs"] = name
    return at.run()


@pytest.mark.parametrize(
    ("status", "label", "command"),
    [
        ("running", "Pause", ("pause", {})),
        ("running", "Checkpoint now", ("checkpoint", {})),
        ("running", "Stop and keep", ("stop", {})),
        ("paused", "Resume", ("resume", {})),
        ("paused", "Step", ("step", {"count": 1})),
    ],
)
def test_a_button_stores_its_command(
    status: str, label: str, command: tuple, open_page: Open, workspace: Workspace, monkeypatch
) -> None:
    monkeypatch.setattr("app.views.run.controls.OBEY_SECONDS", 0.0)
    run = at_work(workspace, status)
    at = press(open_page("run", run=run.id), label)
    calm(at)
    (sent,) = run.control.commands()
    assert (sent.name, sent.args) == command


def test_several_single_steps(open_page: Open, workspace: Workspace, monkeypatch) -> None:
    monkeypatch.setattr("app.views.run.controls.OBEY_SECONDS", 0.0)
    run = at_work(workspace, "paused")
    at = open_page("run", run=run.id)
    next(n for n in at.number_input if n.label == "Steps").set_value(25)
    press(at, "Step")
    assert run.control.commands()[0].args == {"count": 25}


def test_changed_settings_are_sent_and_only_those(open_page: Open, workspace: Workspace) -> None:
    run = at_work(workspace)
    at = open_page("run", run=run.id)
    rate = next(n for n in at.number_input if n.label == "Learning rate")
    assert rate.value == 0.05
    rate.set_value(0.01)
    next(s for s in at.selectbox if s.label == "Gradient clipping").set_value("norm")
    press(at, "Apply")
    calm(at)
    assert [(c.name, c.args) for c in run.control.commands()] == [
        ("set", {"setting": "optim.lr", "value": 0.01}),
        ("set", {"setting": "clip.mode", "value": "norm"}),
    ]


def test_a_setting_out_of_range_is_said_and_nothing_is_sent(open_page: Open, workspace: Workspace) -> None:
    run = at_work(workspace)
    at = open_page("run", run=run.id)
    next(n for n in at.number_input if n.label == "Clip limit").set_value(0.0)
    press(at, "Apply")
    calm(at)
    assert any("above 0" in error.value for error in at.error)
    assert run.control.commands() == []


def test_extending_a_finished_run_queues_it_again(open_page: Open, workspace: Workspace) -> None:
    run = finished(workspace)
    at = open_page("run", run=run.id)
    next(n for n in at.number_input if n.label.startswith("More epochs")).set_value(7)
    press(at, "Extend")
    calm(at)
    assert [(c.name, c.args) for c in run.control.commands()] == [("extend", {"epochs": 7})]
    request = run.control.last_request()
    assert request is not None
    assert request.process is None


def test_a_queued_run_can_be_cancelled_and_started_again(open_page: Open, workspace: Workspace) -> None:
    from core.recipe.codec import parse_recipe
    from core.runtime import jobs

    run = jobs.start(workspace, parse_recipe({"name": "waits"}))
    at = open_page("run", run=run.id)
    assert "Cancel" in labels(at)
    press(at, "Cancel")
    calm(at)
    assert "Start" in labels(at)
    press(at, "Start")
    calm(at)
    assert "Cancel" in labels(at)


def test_a_lost_run_offers_to_resume(open_page: Open, full: Workspace) -> None:
    run = next(r for r in full.runs() if r.control.labels()["name"] == "lost one")
    at = open_page("run", run=run.id)
    calm(at)
    press(at, "Start")
    calm(at)
    assert run.control.last_request() is not None


def test_a_damaged_run_is_explained_and_can_be_deleted(open_page: Open, full: Workspace) -> None:
    run = next(r for r in full.runs() if r.control.labels()["name"] == "damaged one")
    at = open_page("run", run=run.id)
    calm(at)
    press(at, "Delete this run")
    calm(at)
    assert run.id in full.trashed()


def test_a_fork_starts_from_the_checkpoint_with_the_changed_setting(open_page: Open, workspace: Workspace) -> None:
    run = finished(workspace)
    with_checkpoint(run)
    at = tab(open_page("run", run=run.id), "Checkpoints and forks")
    calm(at)
    next(n for n in at.number_input if n.key and n.key.startswith("fork.") and n.label == "Learning rate").set_value(
        0.2
    )
    press(at, "Fork")
    calm(at)
    child = next(r for r in workspace.runs() if r.id != run.id)
    assert child.origin()["run"] == run.id
    assert child.document()["optim"]["lr"] == 0.2
    assert child.checkpoints.latest().step == 40


def test_a_fork_may_not_change_the_architecture(open_page: Open, workspace: Workspace) -> None:
    run = finished(workspace)
    with_checkpoint(run)
    at = tab(open_page("run", run=run.id), "Checkpoints and forks")
    next(c for c in at.button_group if c.label == "What to change").set_value("Whole recipe").run()
    area = next(a for a in at.text_area if a.label == "Recipe")
    area.set_value(area.value.replace("key: mlp", "key: cnn").replace("width: 64\n", "").replace("depth: 3\n", ""))
    press(at, "Fork")
    calm(at)
    assert at.error
    assert len(list(workspace.runs())) == 1


def test_name_tags_and_note_are_saved_clean(open_page: Open, workspace: Workspace) -> None:
    run = finished(workspace)
    at = tab(open_page("run", run=run.id), "Name, tags, note")
    values = {"Name": "  a <b>new</b>   name ", "Tags": "x, y,, x , <z>"}
    for label, value in values.items():
        next(t for t in at.text_input if t.label == label).set_value(value)
    at.text_area[0].set_value("because")
    press(at, "Save")
    calm(at)
    found = run.control.labels()
    assert (found["name"], found["tags"], found["note"]) == ("a bnew/b name", ["x", "y", "z"], "because")


@pytest.mark.parametrize("name", ["History", "Checkpoints and forks", "Recipe", "Name, tags, note", "Download"])
def test_every_tab_opens_for_every_run(name: str, open_page: Open, full: Workspace) -> None:
    for run in full.runs():
        calm(tab(open_page("run", run=run.id), name))


def test_the_recipe_can_be_reused(open_page: Open, workspace: Workspace) -> None:
    run = workspace.create({"name": "old", "optim": {"key": "sgd", "lr": 0.77}})
    at = press(tab(open_page("run", run=run.id), "Recipe"), "New run with this recipe")
    calm(at)
    assert at.session_state["draft"]["own"]["optim"]["lr"] == 0.77


def test_a_verified_resume_wears_a_badge(open_page: Open, workspace: Workspace) -> None:
    made = SyntheticRun(workspace, nan=None, spike=None)
    made.append(50)
    assert made.writer
    made.writer.event(40, "started", from_step=40, resumed_from="auto", verified=True, state_hash="c" * 64)
    made.finish("stopped")
    at = open_page("run", run=made.run.id)
    calm(at)
    assert any("resumed exactly at step 40" in str(m.value) for m in at.markdown)
