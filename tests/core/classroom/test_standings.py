"""Where the runs of an exercise stand: curves with their spikes and NaN, scores, live changes, and who comes first."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pytest

from core.classroom.events import Exercise
from core.classroom.standings import POINTS, Standing, Standings, axes, ranking
from core.classroom.visitors import Visitor
from core.recipe.codec import parse_recipe, to_document
from core.store.process import ProcessIdentity
from core.store.rows import RunWriter
from tests.core.classroom.conftest import SMALL, Class
from tests.synthetic_run import SyntheticRun


@pytest.fixture
def exercise(lesson: Class) -> Exercise:
    """An exercise with an open learning rate and model."""
    key = lesson.room.give(lesson.teacher, "Find a rate", "Try.", SMALL, ["optim.lr", "model"])
    return lesson.room.exercise_of(key)


def trained(lesson: Class, who: Visitor, steps: int = 600, **changes: Any) -> SyntheticRun:
    """A run of the exercise that has recorded `steps` of 1,000 steps and is still open."""
    shape = {name: changes.pop(name, None) for name in ("nan", "spike")}
    recipe = to_document(parse_recipe({**SMALL, **changes}))
    made = SyntheticRun(lesson.workspaces.of(who), "Small", 1_000, recipe=recipe, **shape)
    made.append(steps)
    return made


def test_each_student_has_the_newest_run_on_the_wall(lesson: Class, exercise: Exercise) -> None:
    standings = Standings(lesson.workspaces)
    assert standings.newest(exercise) == {}
    first = trained(lesson, lesson.ann)
    first.finish()
    second = trained(lesson, lesson.ann, optim={"lr": 0.05})
    bobs = trained(lesson, lesson.bob)
    newest = standings.newest(exercise)
    assert {who: one.run for who, one in newest.items()} == {
        lesson.ann.id: second.run.id,
        lesson.bob.id: bobs.run.id,
    }
    assert newest[lesson.ann.id].nickname == "Ann"
    assert newest[lesson.ann.id].status == "running"
    assert newest[lesson.ann.id].settings["optim.lr"] == 0.05
    assert (newest[lesson.bob.id].steps, newest[lesson.bob.id].total_steps) == (600, 1_000)
    own = standings.of_member(exercise, lesson.ann.id)
    assert [one.run for one in own] == [second.run.id, first.run.id]
    assert [one.status for one in own] == ["running", "done"]


def test_runs_with_a_changed_lock_and_those_of_others_are_not_on_the_wall(lesson: Class, exercise: Exercise) -> None:
    trained(lesson, lesson.ann, train={"epochs": 3})
    assert Standings(lesson.workspaces).of(exercise) == []
    bobs = trained(lesson, lesson.bob)
    standings = Standings(lesson.workspaces)
    assert len(standings.of(exercise)) == 1
    lesson.workspaces.of(lesson.bob).trash(bobs.run.id)
    assert Standings(lesson.workspaces).of(exercise) == []
    lesson.workspaces.of(lesson.bob).restore(bobs.run.id)
    assert len(Standings(lesson.workspaces).of(exercise)) == 1
    lesson.room.kick(lesson.teacher, lesson.bob.id)
    assert standings.of(exercise) == []


def test_a_thinned_curve_keeps_the_spike_and_marks_the_nan(lesson: Class, exercise: Exercise) -> None:
    trained(lesson, lesson.ann, spike=300, nan=450)
    curve = Standings(lesson.workspaces).of(exercise)[0].curve
    assert len(curve.x) == len(curve.y) <= POINTS
    assert 300 in curve.x
    assert max(curve.y) == curve.y[curve.x.index(300)]
    assert curve.lost == (450,)
    assert all(map(math.isfinite, curve.y))


def test_a_run_that_trains_grows_by_its_new_rows_only(lesson: Class, exercise: Exercise) -> None:
    made, standings = trained(lesson, lesson.ann), Standings(lesson.workspaces)
    assert standings.of_member(exercise, lesson.ann.id)[0].curve.x[-1] == 600
    made.append(200)
    grown = standings.of_member(exercise, lesson.ann.id)[0]
    assert grown.curve.x[-1] == 800
    assert grown.steps == 800
    assert grown.curve == Standings(lesson.workspaces).of(exercise)[0].curve  # as if read in one go
    made.open(from_step=500)  # resumed from an earlier checkpoint
    made.append(100)
    assert standings.of_member(exercise, lesson.ann.id)[0].curve.x[-1] == 600


def test_scores_are_those_of_the_last_evaluation(lesson: Class, exercise: Exercise) -> None:
    made = trained(lesson, lesson.ann, 200)
    standings = Standings(lesson.workspaces)
    one = standings.of_member(exercise, lesson.ann.id)[0]
    assert (one.metric, one.score) == ("", None)
    made.append(400)
    one = standings.of_member(exercise, lesson.ann.id)[0]
    assert one.metric == "val_accuracy"
    assert one.score is not None
    assert 0.8 < one.score < 1
    assert one.scores["val_loss"] > 0


def test_what_is_wrong_comes_from_the_findings(
    lesson: Class, exercise: Exercise, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = [
        {"name": "gradient-spike", "severity": "warning", "role": "other", "sentence": "It jumped."},
        {"name": "dead-relu", "severity": "critical", "role": "cause", "sentence": "Units are dead."},
    ]
    monkeypatch.setattr("core.classroom.standings.diagnosis_of", lambda run: {"findings": found})
    made = trained(lesson, lesson.ann)
    standings = Standings(lesson.workspaces)
    assert standings.of_member(exercise, lesson.ann.id)[0].finding == ""
    made.append(10, findings=["GR005"])
    one = standings.of_member(exercise, lesson.ann.id)[0]
    assert (one.finding, one.sentence) == ("dead-relu", "Units are dead.")


def test_a_locked_setting_changed_while_it_trains_is_seen(lesson: Class, exercise: Exercise) -> None:
    made = trained(lesson, lesson.ann)
    assert made.writer
    made.writer.event(600, "changed", setting="optim.lr", before=0.001, after=0.02, command=1)
    made.append(10)
    standings = Standings(lesson.workspaces)
    one = standings.of_member(exercise, lesson.ann.id)[0]
    assert one.altered == ()
    assert one.settings["optim.lr"] == 0.02
    made.writer.event(610, "extended", setting="train.epochs", before=2, after=9, epochs=9, command=2)
    made.append(10)
    made.finish()
    one = standings.of_member(exercise, lesson.ann.id)[0]
    assert one.altered == ("train.epochs",)
    assert one.settings["train.epochs"] == 9
    assert ranking([one]) == []


def test_a_run_that_waits_is_seen_to_start_and_to_be_cancelled(lesson: Class, exercise: Exercise) -> None:
    standings = Standings(lesson.workspaces)
    runs = [lesson.workspaces.of(who).create(to_document(parse_recipe(SMALL))) for who in (lesson.ann, lesson.bob)]
    numbers = [run.control.request() for run in runs]

    def words() -> list[str]:
        return [standings.of_member(exercise, who.id)[0].status for who in (lesson.ann, lesson.bob)]

    assert words() == ["queued", "queued"]
    assert words() == ["queued", "queued"]
    assert runs[0].control.take_request(numbers[0], ProcessIdentity.of())
    assert runs[1].control.cancel_request()
    assert words() == ["running", "stopped"]


def test_a_damaged_run_is_shown_as_such(lesson: Class, exercise: Exercise) -> None:
    made = trained(lesson, lesson.ann)
    made.finish()
    for path in made.run.path.glob("run.db*"):
        path.write_bytes(b"this is no database " * 300)
    assert Standings(lesson.workspaces).of(exercise)[0].status == "damaged"


def standing(who: str, score: float, started: float = 0, **changes: Any) -> Standing:
    made = Standing(f"run-{who}-{started}", who, who, started, "done", scores={"val_accuracy": score})
    return replace(made, **changes)


def test_ranking_takes_everybodys_best_done_run() -> None:
    runs = [
        standing("ann", 0.7, 1), standing("ann", 0.9, 2), standing("bob", 0.9, 1), standing("cid", math.nan),
        standing("dot", 0.99, status="running"), standing("eve", 0.99, altered=("train.epochs",)),
    ]  # fmt: skip
    assert [(one.who, one.score) for one in ranking(runs)] == [("bob", 0.9), ("ann", 0.9)]
    losses = [standing(who, 0, scores={"val_loss": loss}) for who, loss in (("ann", 2.0), ("bob", 1.0))]
    assert [one.who for one in ranking(losses)] == ["bob", "ann"]
    assert ranking([]) == []


def test_axes_are_the_usual_ones_and_open_settings_that_differ(exercise: Exercise) -> None:
    usual = ["optim.lr", "train.batch_size", "train.epochs"]
    runs = [standing("ann", 1.0, settings={"model.width": 8.0, "model.depth": 1.0, "train.steps": 1.0})]
    assert axes(runs, exercise) == usual
    runs.append(standing("bob", 1.0, settings={"model.width": 16.0, "model.depth": 1.0, "train.steps": 2.0}))
    assert axes(runs, exercise) == [*usual, "model.width"]


def test_a_run_looked_at_before_its_first_row_grows_from_there(lesson: Class, exercise: Exercise) -> None:
    recipe = to_document(parse_recipe(SMALL))
    made, standings = (
        SyntheticRun(lesson.workspaces.of(lesson.ann), "Small", 1_000, recipe=recipe, nan=None, spike=None),
        Standings(lesson.workspaces),
    )
    writer = RunWriter(made.run.database, 1)  # as a trainer that is still loading its data
    me = ProcessIdentity.of()
    row = (1, made.started, 0, me.pid, me.create_time, me.boot_id, "{}")
    writer.execute("INSERT INTO attempts VALUES (?, ?, ?, ?, ?, ?, ?)", row)
    writer.flush("running", 0, {})
    writer.close()
    made.attempt = 1
    assert not standings.of_member(exercise, lesson.ann.id)[0].curve.x
    made.append(200)
    assert standings.of_member(exercise, lesson.ann.id)[0].curve.x[-1] == 200
