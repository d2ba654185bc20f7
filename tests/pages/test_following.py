"""Pages in a class: a lent run can be looked at on every page, shows no control, and a follower sees what the teacher chose."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import plotly.graph_objects as go
import pytest
import streamlit as st
from streamlit.delta_generator import DeltaGenerator
from streamlit.testing.v1 import AppTest

from app import navigation, projector
from app.classroom import access
from app.forms.checks import prepared
from app.views.classroom import attendance, choices
from app.views.errors import decisions
from core.classroom.room import Classroom
from core.classroom.visitors import TEACHING
from core.classroom.workspaces import ClassWorkspaces
from core.race.presets import RACES
from core.race.recipe import parse_race
from core.recipe.codec import parse_recipe, to_document
from core.runtime.inspector import Inspector
from core.store.checkpoints import Checkpoint
from core.store.workspace import Run, Workspace
from tests.pages.conftest import Open, calm, finished
from tests.synthetic_run import SyntheticRun

LOOKING = "You are looking at the teacher’s"
FORBIDDEN = (
    "Pause", "Resume", "Stop and keep", "Checkpoint now", "Cancel", "Start", "Try again", "Apply", "Extend", "Fork", "Save",
    "Acknowledge", "Show it again", "Try them in turn", "Delete this run", "Delete this race", "Keep these weights for new runs",
    "Add", "Freeze", "Drop", "End the process", "Find the first tensor that is not a number",
)  # fmt: skip


@pytest.fixture
def held(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> Iterator[SimpleNamespace]:
    """A class with Ann in it; `held.looks` is who opens pages, Ann at first."""
    room = Classroom(workspace.home / "class")
    ann = room.visitor(room.join(room.code, "Ann")[1])
    found = SimpleNamespace(room=room, spaces=ClassWorkspaces(room, workspace), ann=ann, looks=ann, home=workspace)
    monkeypatch.setattr(access, "the_class", lambda: found.spaces)
    monkeypatch.setattr(access, "visitor", lambda: found.looks)
    yield found
    room.close()


def show(held: SimpleNamespace, page: str, *runs: Run, **query: str) -> None:
    held.room.show(TEACHING, page, query, [run.id for run in runs])


def presses(at: AppTest) -> list[str]:
    return [button.label for button in at.button]


def said(at: AppTest) -> str:
    return " ".join(str(one.value) for one in (*at.title, *at.caption, *at.markdown, *at.info))


def watched(at: AppTest) -> None:
    calm(at)
    assert not set(presses(at)) & set(FORBIDDEN), presses(at)


@pytest.mark.parametrize("state", ["done", "stopped", "lost", "going", "nan"])
def test_the_run_page_of_a_lent_run_has_no_control(held: SimpleNamespace, open_page: Open, state: str) -> None:
    made = SyntheticRun(held.home, "Mine", 400, nan=40 if state == "nan" else None, spike=None)
    made.append(100)
    if state in ("done", "stopped"):
        made.finish(state)
    elif state == "nan":
        made.finish("failed")
    elif state == "lost":
        assert made.writer
        made.writer.execute("UPDATE attempts SET pid = 4194000, create_time = 1.0")
    show(held, "run", made.run, run=made.run.id)
    at = open_page("run", run=made.run.id)
    watched(at)
    assert at.title[0].value == "Mine"
    assert LOOKING in said(at)
    assert "Name, tags, note" not in [tab.label for tab in at.tabs]
    for tab in ("Checkpoints and forks", "Recipe", "Download", "History"):
        at.session_state["run_tabs"] = tab
        watched(at.run())
    held.room.hide(TEACHING)
    assert open_page("run", run=made.run.id).title[0].value == "No such run"


def test_a_damaged_lent_run_offers_no_deletion_and_no_path(held: SimpleNamespace, open_page: Open) -> None:
    run = finished(held.home, "broken")
    for path in run.path.glob("run.db*"):
        path.write_bytes(b"this is no database " * 300)
    show(held, "run", run, run=run.id)
    at = open_page("run", run=run.id)
    watched(at)
    assert str(run.path) not in " ".join(code.value for code in at.code)


def test_the_race_page_of_a_lent_race_has_no_control(held: SimpleNamespace, open_page: Open) -> None:
    race = held.home.create(parse_race(RACES[next(iter(RACES))].document).document())
    show(held, "race", race, race=race.id)
    at = open_page("race", race=race.id)
    watched(at)
    assert LOOKING in said(at)
    assert "Name, tags, note" not in [tab.label for tab in at.tabs]


def test_compare_draws_lent_runs_for_somebody_without_runs(held: SimpleNamespace, open_page: Open) -> None:
    runs = [finished(held.home, name) for name in ("one", "two")]
    ids = ",".join(run.id for run in runs)
    show(held, "compare", *runs, runs=ids)
    at = open_page("compare", runs=ids)
    calm(at)
    assert at.multiselect[0].value == [run.id for run in runs]
    assert "What they reached" in said(at)
    assert not at.warning


def test_the_errors_of_a_lent_run_are_those_of_its_own_folder(
    held: SimpleNamespace, open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = held.home.create(to_document(parse_recipe({"name": "Iris", "data": {"key": "iris"}})))
    for step in (0, 50):
        saved = Checkpoint(step, step / 10, "first" if step == 0 else "last", "a" * 64, 0, 1.0, 1.0)
        run.checkpoints.save(saved, lambda file: file.write(b"x") and None, expected_bytes=1)
    asked: list[tuple[str, int, str]] = []

    def outputs(self: Inspector, run: Run, checkpoint: Checkpoint, uploads: Path) -> np.ndarray:
        asked.append((run.id, checkpoint.step, str(uploads)))
        rows = len(prepared(parse_recipe(run.document()), run.home).y_val)
        return np.eye(3, dtype=np.float32)[np.arange(rows) % 3]

    monkeypatch.setattr(Inspector, "outputs", outputs)
    held.room.show(TEACHING, "errors", {"run": run.id, "step": "0"}, [run.id], {f"errors.step.{run.id}": 0})
    at = open_page("errors", run=run.id, step="0")
    watched(at)
    assert "validation rows, which it did not train on" in said(at)
    assert asked[-1] == (run.id, 0, str(held.home.home))
    held.room.show(TEACHING, "errors", {"run": run.id, "step": "50"}, [run.id], {f"errors.step.{run.id}": 50})
    at.run()
    watched(at)
    assert asked[-1][1] == 50, "the follower's page takes over another checkpoint"


def a_threshold() -> None:
    """A page that is nothing but the fragment of the errors page; nobody tells what is on it but its widgets."""
    import numpy as np
    import streamlit as st

    from app import navigation
    from app.views.classroom import leading
    from app.views.errors import decisions
    from core.evaluation.predictions import Predictions

    st.session_state[navigation.HERE], st.session_state[leading.SHOW] = "errors", True
    decisions.draw = lambda *_: None
    rng = np.random.default_rng(0)
    targets = rng.integers(0, 2, 80)
    outputs = np.eye(2)[targets] + rng.normal(0, 0.6, (80, 2))
    decisions._threshold(Predictions(outputs, targets, ("a", "b")), 1)


def test_what_the_teacher_chooses_in_a_fragment_is_told_by_itself(
    held: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(decisions, "draw", decisions.draw)  # put back at the end
    held.looks = TEACHING
    at = AppTest.from_function(a_threshold).run()
    calm(at)
    at.slider[0].set_value(0.25).run()
    assert held.room.state.shown.choices["errors.threshold.1"] == 0.25
    at.button[0].click().run()
    assert held.room.state.shown.choices["errors.threshold.1"] == at.slider[0].value != 0.25
    at.selectbox[0].set_value(0).run()
    assert held.room.state.shown.choices["errors.threshold.class"] == 0
    held.looks = held.ann
    at.slider[0].set_value(0.75).run()
    assert 0.75 not in held.room.state.shown.choices.values(), "a student's own"


def test_a_follower_goes_where_the_teacher_is_and_takes_over_what_is_chosen(
    held: SimpleNamespace, open_page: Open
) -> None:
    held.room.show(
        TEACHING,
        "signals",
        {},
        [],
        {"signals.depth": 7, "signals_tabs": "Activations", "press": "forged", "signals.skip": True},
    )
    at = open_page("signals")
    calm(at)
    assert at.session_state["signals_tabs"] == "Activations"
    assert "press" not in at.session_state
    held.room.show(TEACHING, "signals", {}, [], {"signals.depth": 7, "signals_tabs": "Over depth"})
    at.run()
    calm(at)
    assert next(one for one in at.slider if one.label == "Hidden layers").value == 7
    next(one for one in at.slider if one.label == "Hidden layers").set_value(9).run()
    assert next(one for one in at.slider if one.label == "Hidden layers").value == 9, (
        "their own until the teacher moves it"
    )
    held.room.show(TEACHING, "signals", {}, [], {"signals.depth": 8, "signals_tabs": "Over depth"})
    at.run()
    assert next(one for one in at.slider if one.label == "Hidden layers").value == 8


def while_drawn(monkeypatch: pytest.MonkeyPatch, happens: Callable[[], None]) -> list[str]:
    """Let something happen in the class once a page has begun to be drawn, and the fragment that ties the page to its class
    hear of it as soon as it is there; returns the pages begun, one an entry.
    """
    begun: list[str] = []
    fragment = st.fragment

    def told_at_once(part: Callable[[], None], **options: Any) -> Callable[..., None]:
        return fragment(part, **options) if part.__name__ != "look" else lambda: (part(), part())[0]

    monkeypatch.setattr(st, "fragment", told_at_once)
    monkeypatch.setattr(attendance, "class_link", lambda *said, **how: None)

    def bar() -> DeltaGenerator:
        begun.append(st.session_state[navigation.HERE])
        if len(begun) == 1:
            happens()
        return st.container()

    monkeypatch.setattr(attendance, "_bar", bar)
    return begun


def test_news_takes_a_follower_along_before_the_page_that_is_left_is_drawn(
    held: SimpleNamespace, open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    show(held, "signals")
    begun = while_drawn(monkeypatch, lambda: show(held, "accuracy"))
    left: list[object] = []
    monkeypatch.setattr("app.views.signals.page.page", lambda: left.append(None))
    at = open_page("signals")
    calm(at)
    assert begun == ["signals", "accuracy"]
    assert not left


@pytest.mark.parametrize("concerns", [False, True])
def test_news_leaves_alone_whom_it_does_not_concern(
    held: SimpleNamespace, open_page: Open, monkeypatch: pytest.MonkeyPatch, concerns: bool
) -> None:
    show(held, "signals")
    news = held.room.freeze if concerns else held.room.show
    begun = while_drawn(monkeypatch, lambda: news(TEACHING, True) if concerns else show(held, "claims"))
    monkeypatch.setattr(attendance, "_goes_along", lambda shown: False)  # they went off
    open_page("accuracy")
    assert len(begun) == 1 + concerns


@pytest.mark.parametrize(("half", "times"), [("test", 1), ("calibration", 2)])
def test_choices_that_a_follower_has_already_are_no_reason_to_draw(
    held: SimpleNamespace, open_page: Open, monkeypatch: pytest.MonkeyPatch, half: str, times: int
) -> None:
    show(held, "accuracy")
    at = open_page("accuracy")
    begun = while_drawn(monkeypatch, lambda: held.room.show(TEACHING, "accuracy", {}, [], {"accuracy.half": half}))
    at.run()
    calm(at)
    assert at.session_state["accuracy.half"] == half
    assert len(begun) == times


def test_an_address_that_a_page_completes_by_itself_is_no_wandering_off(held: SimpleNamespace, open_page: Open) -> None:
    run = finished(held.home)
    show(held, "run", run)  # without ?run=, which the page adds
    held.room.show(TEACHING, "run", {"run": run.id, "x": "1"}, [run.id])
    at = open_page("run", run=run.id)
    at.run()
    at.run()
    assert at.session_state["class.follow"]
    assert "You follow the teacher" in said(at)


def test_who_was_gone_off_is_so_after_a_reload_until_something_else_is_shown(
    held: SimpleNamespace, open_page: Open
) -> None:
    show(held, "signals")
    at = open_page("signals")
    at.switch_page("../pages/accuracy.py").run()
    calm(at)
    assert "You follow the teacher" not in said(at)
    again = open_page("accuracy")  # the same student, after a reload or a restart of the server
    assert again.session_state[navigation.HERE] == "accuracy"
    assert "You follow the teacher" not in said(again)
    held.room.hide(TEACHING)
    again.run()
    show(held, "signals")
    assert "You follow the teacher" in said(again.run())


def test_the_teachers_page_is_told_once_its_address_is_complete(held: SimpleNamespace, open_page: Open) -> None:
    run = finished(held.home)
    held.looks = TEACHING
    at = open_page("run")
    next(one for one in at.toggle if one.label == "Show my page to all").set_value(True).run()
    calm(at)
    shown = held.room.state.shown
    assert (shown.page, dict(shown.query), shown.runs) == ("run", {"run": run.id}, (run.id,))
    at.session_state["run_tabs"] = "Recipe"
    at.run()
    assert held.room.state.shown.choices["run_tabs"] == "Recipe"


def test_the_projector_layout_comes_with_the_address_and_is_not_shown_to_others(
    held: SimpleNamespace, open_page: Open
) -> None:
    held.looks = TEACHING
    finished(held.home)
    at = open_page("run", projector="1")
    next(one for one in at.toggle if one.label == "Show my page to all").set_value(True).run()
    calm(at)
    assert next(one for one in at.toggle if one.label == "Projector").value is True
    assert "projector" not in held.room.state.shown.query
    next(one for one in at.toggle if one.label == "Projector").set_value(False).run()
    assert at.session_state["projector.on"] is False


def test_no_pattern_of_a_choice_takes_a_button_or_a_guess() -> None:
    for page, key, value in (
        ("explain", "explain.sample.html", True), ("explain", "explain.sample.cancel", False), ("errors", "errors.attack.a.5.button", True),
        ("lessons", "lesson.guess.a", 1), ("train", "data.key", "digits"), ("run", "control.Stop and keep", True),
    ):  # fmt: skip
        assert not choices._belongs(page, key, value), key


def test_a_late_request_for_the_page_that_was_left_is_no_walking_off(
    held: SimpleNamespace, open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs = [finished(held.home, name) for name in ("one", "two")]
    show(held, "run", runs[0], run=runs[0].id)
    at = open_page("run", run=runs[0].id)
    show(held, "run", runs[1], run=runs[1].id)
    at.run()
    assert at.title[0].value == "two"
    for seconds, title in (
        (60.0, "two"),
        (0.0, "No such run"),
    ):  # within the time in which a browser arrives, and after it
        monkeypatch.setattr(attendance, "ARRIVING_SECONDS", seconds)
        at.query_params["run"] = runs[0].id
        at.run()
        calm(at)
        assert at.title[0].value == title
    assert "Follow the teacher" in presses(at)


def test_a_projector_keeps_its_layout_in_the_address_and_enlarges_figures(
    held: SimpleNamespace, open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = finished(held.home)
    show(held, "run", run, run=run.id)
    at = open_page("home", projector="1")
    assert at.query_params["projector"] == "1"
    assert at.title[0].value == run.document()["name"]
    figure = go.Figure(layout={"height": 200, "title": {"font": {"size": 10}}, "annotations": [{"text": "a"}]})
    assert projector.enlarged(figure) is figure
    monkeypatch.setattr(projector, "on", lambda: True)
    large = projector.enlarged(figure)
    assert (large.layout.height, large.layout.title.font.size) == (340, 17)
    assert (figure.layout.height, large.layout.annotations[0].font.size) == (200, None)
