"""Run summaries: damage, caching, speed."""

from __future__ import annotations

import shutil

import pytest

from core.store import summaries
from core.store.workspace import Workspace
from tests.synthetic_run import SyntheticRun


def finished(workspace: Workspace, name: str = "one", steps: int = 500) -> SyntheticRun:
    made = SyntheticRun(workspace, name, steps, nan=None, spike=None)
    made.append(steps)
    made.finish()
    return made


def test_a_finished_run(workspace: Workspace) -> None:
    made = finished(workspace)
    made.run.control.set_labels(tags=["a", "b"], note="why")
    (found,) = summaries.summaries(workspace)
    assert (found.status, found.name, found.tags, found.note) == ("done", "one", ("a", "b"), "why")
    assert (found.dataset, found.model, found.optimizer, found.steps) == ("digits", "mlp", "adam", 500)
    assert found.metric == "val_accuracy"
    assert found.best is not None
    assert 0 < found.best < 1


def test_damaged_runs_are_listed_and_others_stay(workspace: Workspace) -> None:
    for index, damage in enumerate(("db", "recipe", "recipe-list", "control", "empty-db")):
        made = finished(workspace, f"d{index}")
        if damage == "db":
            made.run.database.write_bytes(b"not a database" * 400)
        elif damage == "recipe":
            (made.run.path / "recipe.json").write_text("{")
        elif damage == "recipe-list":
            (made.run.path / "recipe.json").write_text("[1]")
        elif damage == "control":
            made.run.control.path.write_bytes(b"rubbish" * 900)
        else:
            for path in made.run.path.glob("run.db*"):
                path.unlink()
            made.run.database.write_bytes(b"")
    finished(workspace, "fine")
    found = {run.name: run.status for run in summaries.summaries(workspace)}
    assert found.pop("fine") == "done"
    assert len(found) == 5
    assert [status for name, status in found.items() if name != "d4"].count("damaged") == 4


def test_an_ended_run_is_read_once_and_again_when_it_changed(workspace: Workspace, monkeypatch) -> None:
    made = finished(workspace)
    summaries.summary(made.run)
    calls: list[str] = []
    original = summaries._make
    monkeypatch.setattr(summaries, "_make", lambda run: calls.append(run.id) or original(run))
    summaries.summary(made.run)
    assert calls == []
    made.run.control.set_labels(name="two")
    assert summaries.summary(made.run).name == "two"
    assert calls == [made.run.id]


def test_a_lost_run_is_not_remembered_as_such(workspace: Workspace) -> None:
    made = SyntheticRun(workspace)
    made.append(20)
    assert summaries.summary(made.run).status == "running"


def test_a_second_list_of_many_runs_reads_none_of_them_again(workspace: Workspace, monkeypatch) -> None:
    source = finished(workspace).run
    for index in range(49):
        shutil.copytree(source.path, source.path.with_name(f"{source.id}-{index:03d}"))
    assert len(summaries.summaries(workspace)) == 50
    monkeypatch.setattr(summaries, "_make", lambda run: pytest.fail(f"{run.id} was read again"))
    assert len(summaries.summaries(workspace)) == 50


def test_matching() -> None:
    run = summaries.RunSummary("id-1", "Digits MLP", "done", dataset="digits", optimizer="adam", tags=("class 7b",))
    assert summaries.matches(run, "")
    assert summaries.matches(run, "ADAM 7B")
    assert not summaries.matches(run, "adam sgd")
