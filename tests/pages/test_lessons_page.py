"""The Lessons page: the path, committing to a prediction, the experiment, the answer in one's own numbers, the exercise."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "core" / "lessons"))
from lessons_for_tests import LIVE, small, train_arm, train_recipe

from app.views.lessons import page, path
from core.lessons.catalogue import PATH, lesson, lessons
from core.lessons.schema import Lesson
from core.recipe.codec import to_document
from core.store.workspace import Run, Workspace
from core.train.process import train_run
from tests.pages.conftest import Open, calm


def words(at: AppTest) -> str:
    kinds = ("title", "subheader", "markdown", "caption", "info", "success", "warning", "error")
    return " ".join(str(e.value) for kind in kinds for e in at.get(kind))


def labels(at: AppTest) -> list[str]:
    return [button.label for button in at.button]


def press(at: AppTest, key: str) -> AppTest:
    return at.button(key=key).click().run()


def put_in(monkeypatch: pytest.MonkeyPatch, made: Lesson) -> Lesson:
    """Let the pages know `made` in place of all lessons."""
    for module in (page, path):
        if hasattr(module, "PATH"):
            monkeypatch.setattr(module, "PATH", (made.key,))
        for name, answer in (("lesson", lambda key: made), ("lessons", lambda: [made])):
            if hasattr(module, name):
                monkeypatch.setattr(module, name, answer)
    return made


def trained(runs: Iterable[Run]) -> None:
    """Train what was queued, in this process."""
    for run in list(runs):
        if run.control.cancel_request():
            assert train_run(run.path, log_to_file=False) == "done"


def begun(at: AppTest, made: Lesson, guess: int) -> AppTest:
    """Commit to an option and start."""
    at.radio(key=f"lesson.guess.{made.key}").set_value(guess).run()
    return press(press(at, "lesson.commit"), "lesson.start")


def test_the_path_shows_every_lesson_in_order(open_page: Open) -> None:
    at = open_page("lessons")
    calm(at)
    said = words(at)
    places = [said.index(f"{number}. {one.title}") for number, one in enumerate(lessons(), start=1)]
    assert places == sorted(places)


@pytest.mark.parametrize("key", ["learning-rate", "turn-it-down", "imbalance"])
def test_a_lesson_of_each_kind_opens_with_its_question_and_holds_the_start_back(key: str, open_page: Open) -> None:
    at = open_page("lessons", lesson=key)
    calm(at)
    assert lesson(key).asks in words(at)
    assert "Commit to it" in labels(at)
    assert "Train it" not in labels(at)


def test_an_unknown_lesson_is_told(open_page: Open) -> None:
    at = open_page("lessons", lesson="<b>none</b>")
    calm(at)
    assert at.title[0].value == "No such lesson"


def test_a_prediction_can_be_changed_until_the_start(open_page: Open) -> None:
    found = lesson(PATH[0])
    at = open_page("lessons", lesson=found.key)
    at.radio(key=f"lesson.guess.{found.key}").set_value(1).run()
    at = press(at, "lesson.commit")
    assert found.prediction.options[0] in words(at)
    assert "Train it" in labels(at)
    at = press(at, "lesson.change")
    assert "Train it" not in labels(at)
    calm(at)


@pytest.mark.parametrize("guess", ["9", "²"])
def test_a_mad_guess_in_the_address_is_none(guess: str, open_page: Open) -> None:
    at = open_page("lessons", lesson=PATH[0], guess=guess)
    calm(at)
    assert "Commit to it" in labels(at)


def test_what_was_trained_and_is_gone_is_told(open_page: Open) -> None:
    at = open_page("lessons", lesson=PATH[0], guess="1", race="race-20200101-000000-gone-abcdef")
    calm(at)
    assert "no longer in this workspace" in words(at)
    at = press(at, "lesson.over")
    assert "Commit to it" in labels(at)


def test_a_press_starts_one_race_and_a_reload_finds_it(open_page: Open, workspace: Workspace) -> None:
    at = press(open_page("lessons", lesson="learning-rate", guess="3"), "lesson.start")
    calm(at)
    (race,) = workspace.races()
    assert race.control.last_request() is not None
    assert race.control.labels()["lesson"] == "learning-rate"
    assert at.query_params["race"] in (race.id, [race.id])
    again = open_page("lessons", lesson="learning-rate", guess="3", race=race.id)
    calm(again)
    assert "It comes when training is over" in words(again)
    assert "Train it" not in labels(again)


@pytest.mark.parametrize("kind", ["race", "runs"])
def test_a_lesson_from_question_to_answer(
    kind: str, open_page: Open, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = put_in(monkeypatch, small(kind))
    at = begun(open_page("lessons", lesson=made.key), made, guess=1)
    started = list(workspace.races() if kind == "race" else workspace.runs())
    assert len(started) == (1 if kind == "race" else 2)
    trained(started)
    at.run()
    calm(at)
    said = words(at)
    assert "You predicted “Yes”. It was: **No**" in said
    assert f"held on {3 if kind == 'race' else 1} of {3 if kind == 'race' else 1} seeds" in said
    assert at.session_state["lessons.done"] == {made.key: {"right": False}}
    at = press(at, "lesson.again")
    seeds = {
        (run.document()["base"] if kind == "race" else run.document())["seed"]
        for run in (workspace.races() if kind == "race" else workspace.runs())
    }
    assert seeds == ({0, 3} if kind == "race" else {0, 1})
    del at.query_params["lesson"]
    at.run()
    calm(at)
    assert "1 of 1 answered" in json.dumps([found.proto.text for found in at.get("progress")])


def test_the_change_of_a_live_lesson_is_a_press(
    open_page: Open, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = put_in(monkeypatch, small(**LIVE))
    at = begun(open_page("lessons", lesson=made.key), made, guess=2)
    assert "Turn it down" in labels(at)
    at = press(at, "lesson.action")
    (run,) = workspace.runs()
    assert [(one.name, one.args) for one in run.control.commands()] == [
        ("set", {"setting": "optim.lr", "value": 0.0001})
    ]
    trained([run])
    at.run()
    calm(at)
    assert "The change needs one epoch before it" in words(at)  # it was made at the first step


def test_a_live_change_is_answered(open_page: Open, workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    made = put_in(monkeypatch, small(**LIVE))
    run = train_arm(workspace, made, made.experiment.arms[0], 0).run
    assert run is not None
    at = open_page("lessons", lesson=made.key, guess="2", runs=run.id)
    calm(at)
    assert "Before" in words(at)
    assert at.session_state["lessons.done"][made.key] == {"right": True}


def test_a_live_lesson_without_the_change_has_no_answer(
    open_page: Open, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = put_in(monkeypatch, small(**LIVE))
    at = begun(open_page("lessons", lesson=made.key), made, guess=2)
    (run,) = workspace.runs()
    trained([run])
    at.run()
    calm(at)
    assert "was over before you changed" in words(at)
    assert "lessons.done" not in at.session_state or not at.session_state["lessons.done"]


def test_the_exercise_looks_at_the_newest_fitting_run(
    open_page: Open, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = put_in(monkeypatch, small())
    at = begun(open_page("lessons", lesson=made.key), made, guess=2)
    trained(workspace.runs())
    at = press(at.run(), "lesson.check")
    assert "There is no run of yours" in words(at)
    start = to_document(made.experiment.recipe(made.experiment.arms[1]))
    train_recipe(workspace, {**start, "name": "aa"})
    assert "Not there yet" in words(at.run())
    train_recipe(workspace, {**start, "name": "bb", "model": {"key": "cnn"}})
    assert "that are to stay" in words(at.run())
    train_recipe(workspace, {**start, "name": "cc", "optim": {"key": "adam", "lr": 0.01}})
    at.run()
    calm(at)
    assert "Done" in words(at)
    assert at.session_state["lessons.done"][made.key]["exercise"]


@pytest.mark.slow
def test_the_exercise_opens_in_new_run(open_page: Open, workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    made = put_in(monkeypatch, small())
    at = begun(open_page("lessons", lesson=made.key), made, guess=2)
    trained(workspace.runs())
    at = press(at.run(), "lesson.exercise")
    assert at.session_state["draft"]["own"]["optim"]["lr"] == 1e-9
