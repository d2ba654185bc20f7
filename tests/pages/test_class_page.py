"""The Class page as teacher and as student: every action reaches the class, and a student's page offers none of the teacher's."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from app.classroom import access
from app.classroom.board import board_of
from core.classroom.limits import ClassLimits
from core.classroom.room import Classroom
from core.classroom.visitors import OWNER, TEACHING, Visitor
from core.classroom.workspaces import ClassWorkspaces
from core.data.upload.store import list_uploads, save_upload
from core.race.presets import RACES
from core.recipe.codec import parse_recipe, to_document
from core.recipe.presets import PRESETS
from core.runtime import jobs
from core.store.workspace import Workspace
from tests.pages.conftest import Open, calm
from tests.synthetic_run import SyntheticRun

SMALL = {
    "name": "Small",
    "data": {"key": "digits", "limit": 200},
    "model": {"depth": 1, "width": 8},
    "train": {"epochs": 2},
}
HOSTILE = "**<script>alert(1)</script>** :red[x] [a](http://b)"


@dataclass
class Sitting:
    """A class with Ann and Bob, and whoever sits before the browser: set `now` before a page is opened."""

    room: Classroom
    held: ClassWorkspaces
    ann: Visitor
    bob: Visitor
    open_page: Open
    now: Visitor = field(default=TEACHING)

    def page(self, who: Visitor) -> AppTest:
        """The Class page as `who` sees it."""
        self.now = who
        at = self.open_page("class")
        calm(at)
        return at

    def tab(self, name: str) -> AppTest:
        """The teacher's page with the tab `name` open."""
        self.now = TEACHING
        at = self.open_page("class")
        at.session_state["class_tabs"] = name
        at.run()
        calm(at)
        return at


@pytest.fixture
def sitting(workspace: Workspace, open_page: Open, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sitting]:
    room = Classroom(workspace.home / "class")
    students = [room.visitor(room.join(room.code, name)[1]) for name in ("Ann", "Bob")]
    made = Sitting(room, ClassWorkspaces(room, workspace), *students, open_page)
    monkeypatch.setattr(access, "the_class", lambda: made.held)
    monkeypatch.setattr(access, "visitor", lambda: made.now)
    yield made
    room.close()


def texts(at: AppTest) -> str:
    """All that stands on a page."""
    shown = (*at.title, *at.subheader, *at.markdown, *at.caption, *at.info, *at.warning, *at.error)
    return "\n".join(str(one.value) for one in shown)


def one(elements: Any, label: str) -> Any:
    """The only element of that label."""
    found = [element for element in elements if element.label == label]
    assert len(found) == 1, [element.label for element in elements]
    return found[0]


def give(sitting: Sitting, *opened: str, task: str = "Try.", **changes: Any) -> str:
    return sitting.room.give(TEACHING, "Find a rate", task, {**SMALL, **changes}, opened)


def trained(sitting: Sitting, who: Visitor, **changes: Any) -> SyntheticRun:
    """A run that ended, of a copy of the exercise."""
    recipe = to_document(parse_recipe({**SMALL, **changes}))
    made = SyntheticRun(sitting.held.of(who), "Small", 600, recipe=recipe, nan=None, spike=None)
    made.append(600)
    made.finish()
    return made


def test_without_a_class_the_page_says_how_to_open_one(open_page: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(access, "the_class", lambda: None)
    monkeypatch.setattr(access, "visitor", lambda: OWNER)
    at = open_page("class")
    calm(at)
    assert at.code[0].value.startswith("gradclinic class")


# ---- the teacher ----------------------------------------------------------------------------------------------------


def test_the_way_in_stands_on_every_tab_and_a_new_code_replaces_the_old(sitting: Sitting) -> None:
    for name in ("Wall", "Exercise", "Poll", "Students", "Limits"):
        at = sitting.tab(name)
        assert any(sitting.room.code in code.value for code in at.code), name
    old = sitting.room.code
    one(at.button, "New code").click().run()
    calm(at)
    assert sitting.room.code != old
    assert any(sitting.room.code in code.value for code in at.code)


@pytest.mark.parametrize("start", ["A ready-made recipe", "A fault to find", "One of my runs"])
def test_an_exercise_is_given_from_each_source(sitting: Sitting, start: str) -> None:
    own = sitting.held.home.create(to_document(parse_recipe(SMALL)))
    at = sitting.tab("Exercise")
    at.button_group[0].set_value(start).run()
    one(at.text_input, "Title").set_value("Mine")
    one(at.text_area, "Task").set_value("Do it.")
    one(at.multiselect, "The students may change").set_value(["optim.lr"]).run()
    one(at.button, "Give it to all").click().run()
    calm(at)
    exercise = sitting.room.state.exercise
    assert exercise is not None
    assert (exercise.title, exercise.task, exercise.open) == ("Mine", "Do it.", ("optim.lr",))
    if start == "One of my runs":
        assert exercise.recipe == own.document() | {"name": exercise.recipe["name"]}
    elif start == "A fault to find":
        assert exercise.recipe["name"] == "What is wrong here?"
    else:
        assert exercise.recipe["name"] == PRESETS[next(iter(PRESETS))].label
    assert "Mine" in texts(at)
    one(at.button, "End this exercise").click().run()
    calm(at)
    assert sitting.room.state.exercise is None


def test_a_fault_is_put_into_the_loop_and_not_named_to_the_students(sitting: Sitting) -> None:
    at = sitting.tab("Exercise")
    one(at.selectbox, "Fault in the training loop").set_value("no_zero_grad").run()
    one(at.button, "Give it to all").click().run()
    calm(at)
    exercise = sitting.room.state.exercise
    assert exercise is not None
    assert exercise.recipe["train"]["fault"] == "no_zero_grad"
    assert "zero" not in texts(sitting.page(sitting.ann))
    one(sitting.tab("Exercise").button, "Tell them which").click().run()
    assert "The fault in its training loop: **no zero grad**" in texts(sitting.page(sitting.ann))


def test_limits_that_would_refuse_every_copy_are_said_before(sitting: Sitting) -> None:
    sitting.room.set_limits(TEACHING, ClassLimits(epochs=1))
    at = sitting.tab("Exercise")
    assert any("No student could train it" in warning.value for warning in at.warning)


def test_the_wall_shows_everybody_and_the_scatter_every_ended_run(
    sitting: Sitting, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: list[Any] = []
    monkeypatch.setattr("app.views.classroom.wall.class_wall", lambda tiles, key: drawn.append(tiles) or "")
    at = sitting.tab("Wall")
    assert "There is no exercise yet" in texts(at)
    give(sitting, "optim.lr")
    trained(sitting, sitting.ann)
    trained(sitting, sitting.ann, optim={"lr": 0.3})
    at.run()
    calm(at)
    assert [(tile["name"], tile["word"]) for tile in drawn[-1]] == [("Ann", "✓ done"), ("Bob", "not started")]
    assert "1 of 2 started · 1 done" in texts(at)
    assert one(at.selectbox, "Across").value == "optim.lr"


def test_a_click_on_the_wall_opens_the_run_read_only(sitting: Sitting, monkeypatch: pytest.MonkeyPatch) -> None:
    give(sitting, "optim.lr")
    run = trained(sitting, sitting.ann).run
    monkeypatch.setattr("app.views.classroom.wall.class_wall", lambda tiles, key: tiles[0]["run"])
    went: list[Any] = []
    monkeypatch.setattr("app.navigation.go", lambda key, **query: went.append((key, query)))
    sitting.tab("Wall")
    assert went == [("run", {"run": run.id})] * len(went)
    assert went
    assert sitting.held.of(TEACHING).run(run.id).read_only


def test_a_poll_is_asked_counted_without_names_and_revealed(sitting: Sitting) -> None:
    at = sitting.tab("Poll")
    one(at.text_input, "Question").set_value("Which wins?")
    at.text_area[0].set_value("SGD\n\nAdam").run()
    one(at.selectbox, "Right answer").set_value(1).run()
    one(at.button, "Ask all").click().run()
    calm(at)
    poll = sitting.room.state.poll
    assert poll is not None
    assert (poll.question, poll.options, poll.right) == ("Which wins?", ("SGD", "Adam"), 1)
    sitting.room.vote(sitting.ann, poll.id, 0)
    at.run()
    assert "Ann" not in texts(at)
    one(at.button, "Reveal to all").click().run()
    calm(at)
    assert sitting.room.state.polls[poll.id].revealed
    assert not [button for button in at.button if button.label == "Reveal to all"]


def test_a_poll_from_a_race_asks_for_its_lanes(sitting: Sitting) -> None:
    race = RACES[next(iter(RACES))]
    sitting.held.home.create(race.document)
    at = sitting.tab("Poll")
    at.button_group[0].set_value("Which lane wins?").run()
    one(at.button, "Ask all").click().run()
    calm(at)
    poll = sitting.room.state.poll
    assert poll is not None
    assert list(poll.options) == [lane["name"] for lane in race.document["lanes"]][:8]
    assert poll.right is None


def test_a_poll_with_one_answer_is_refused_in_words(sitting: Sitting) -> None:
    at = sitting.tab("Poll")
    one(at.text_input, "Question").set_value("Which wins?").run()
    one(at.button, "Ask all").click().run()
    calm(at)
    assert "2 to 8 different answers" in texts(at).replace("\\", "")
    assert sitting.room.state.poll is None


def test_a_student_is_let_back_in_and_sent_out(sitting: Sitting) -> None:
    at = sitting.tab("Students")
    assert list(at.dataframe[0].value["Nickname"]) == ["Ann", "Bob"]
    one(at.selectbox, "Student").set_value(sitting.bob.id).run()
    one(at.button, "Make the link").click().run()
    link = next(code.value for code in at.code if "/back#" in code.value)
    assert sitting.room.visitor(link.partition("#")[2]).id == sitting.bob.id
    one(at.button, "Send out for good").click().run()
    calm(at)
    assert [member.nickname for member in sitting.room.state.present] == ["Ann"]
    assert "Sent out: Bob" in texts(at)


def test_the_class_ends_after_a_second_thought(sitting: Sitting) -> None:
    at = sitting.tab("Students")
    assert not [button for button in at.button if button.label == "End the class"]
    one(at.checkbox, "I mean it").check().run()
    one(at.button, "End the class").click().run()
    calm(at)
    assert sitting.room.state.ended
    assert "This class has ended" in texts(at)
    assert "The class has ended" in texts(sitting.page(sitting.ann))


def test_limits_are_set(sitting: Sitting) -> None:
    at = sitting.tab("Limits")
    assert one(at.button, "Use these limits").disabled
    one(at.number_input, "Epochs").set_value(7).run()
    one(at.button, "Use these limits").click().run()
    calm(at)
    assert sitting.room.state.limits == ClassLimits(epochs=7)


# ---- a student ------------------------------------------------------------------------------------------------------


def test_a_students_page_offers_nothing_of_the_teachers(sitting: Sitting) -> None:
    give(sitting, "optim.lr")
    sitting.room.ask(TEACHING, "Which?", ["a", "b"], 1)
    at = sitting.page(sitting.ann)
    assert {button.label for button in at.button} == {"Train", "Start over"}
    assert not at.toggle
    assert not at.tabs
    assert not at.code
    assert not at.dataframe


def test_the_form_holds_what_is_open_and_the_rest_is_text(sitting: Sitting) -> None:
    give(sitting, "optim.lr", "model.width")
    at = sitting.page(sitting.ann)
    assert [number.label for number in at.number_input] == ["Width (units)", "Learning rate"]
    assert [box.label for box in at.selectbox] == []
    assert "Epochs: 2" in texts(at).replace("\\", "").replace("\u2060", "")
    give(sitting)
    at.run()
    calm(at)
    assert not at.number_input
    assert "Nothing can be changed here" in texts(at)


def test_train_starts_one_copy_with_what_was_changed(sitting: Sitting) -> None:
    key = give(sitting, "optim.lr", "train.epochs")
    at = sitting.page(sitting.ann)
    one(at.number_input, "Learning rate").set_value(0.05).run()
    one(at.button, "Train").click().run()
    calm(at)
    (run,) = sitting.held.of(sitting.ann).runs()
    assert run.document()["optim"]["lr"] == 0.05
    assert run.document()["train"]["epochs"] == 2
    assert [(started.run, started.exercise) for started in sitting.room.state.runs] == [(run.id, key)]
    assert run.control.last_request() is not None
    assert "place 1 of 1 in the queue" in texts(at)
    assert "Learning rate 0\\.05" in [str(link.proto.label) for link in at.get("page_link")]
    one(at.button, "Start over").click().run()
    assert one(at.number_input, "Learning rate").value == 0.001


def test_a_limit_that_is_met_is_said_and_nothing_starts(sitting: Sitting) -> None:
    give(sitting, "train.epochs")
    sitting.room.set_limits(TEACHING, ClassLimits(epochs=5))
    at = sitting.page(sitting.ann)
    one(at.number_input, "Epochs").set_value(6).run()
    one(at.button, "Train").click().run()
    assert "at most 5" in texts(at)
    assert list(sitting.held.of(sitting.ann).runs()) == []


def test_own_runs_are_listed_with_score_and_finding(sitting: Sitting, monkeypatch: pytest.MonkeyPatch) -> None:
    give(sitting, "optim.lr")
    trained(sitting, sitting.ann)
    trained(sitting, sitting.bob, optim={"lr": 0.7})
    jobs.start(sitting.held.of(sitting.ann), parse_recipe({**SMALL, "model": {"width": 9}}))
    at = sitting.page(sitting.ann)
    shown = texts(at).replace("\\", "")
    assert "validation accuracy 0.9" in shown
    assert "1 of your other runs" in shown
    labels = [str(link.proto.label) for link in at.get("page_link")]
    assert [label for label in labels if "given" in label] == ["as given"]
    assert "0.7" not in " ".join(labels)


def test_a_closed_exercise_keeps_the_runs_and_trains_no_more(sitting: Sitting) -> None:
    give(sitting, "optim.lr")
    trained(sitting, sitting.ann)
    sitting.room.close_exercise(TEACHING)
    at = sitting.page(sitting.ann)
    assert "This exercise is over" in texts(at)
    assert not [button for button in at.button if button.label == "Train"]
    assert "Your runs of this exercise" in texts(at)


def test_a_held_screen_shows_nothing_of_the_exercise(sitting: Sitting) -> None:
    give(sitting, "optim.lr")
    sitting.room.freeze(TEACHING, True)
    at = sitting.page(sitting.ann)
    assert "Eyes to the front" in texts(at)
    assert not at.button


def test_the_teachers_table_is_there_before_the_first_press(sitting: Sitting) -> None:
    rows = "\n".join(f"{i},{i % 7},{i % 2}" for i in range(60))
    table = save_upload(sitting.held.home.home, "shop.csv", f"a,b,sold\n{rows}\n".encode())
    give(sitting, "optim.lr", data={"key": "upload", "file": table.name, "target": "sold"})
    at = sitting.page(sitting.ann)
    assert list_uploads(sitting.held.of(sitting.ann).home) == [table]
    one(at.button, "Train").click().run()
    calm(at)
    assert len(list(sitting.held.of(sitting.ann).runs())) == 1


def test_a_vote_counts_once_and_bars_come_with_the_reveal(sitting: Sitting) -> None:
    key = sitting.room.ask(TEACHING, HOSTILE, ["one", HOSTILE], 1)
    at = sitting.page(sitting.ann)
    assert "<script>" not in texts(at)
    assert not at.get("progress")
    at.radio[0].set_value(0).run()
    calm(at)
    assert "Your answer is in" in texts(at)
    at.radio[0].set_value(1).run()
    assert sitting.room.state.polls[key].votes == {sitting.ann.id: 1}
    sitting.room.vote(sitting.bob, key, 0)
    sitting.room.reveal(TEACHING, key)
    at.run()
    calm(at)
    bars = [str(bar.proto.text) for bar in at.get("progress")]
    assert "your answer" in bars[1]
    assert "right" in bars[1]
    assert "badge" not in bars[0]
    assert "2 answers, 1 right. You were right" in texts(at)
    assert not at.radio
    assert "Yours was another one" in texts(sitting.page(sitting.bob))


def test_the_leaderboard_shows_only_while_it_is_on(sitting: Sitting) -> None:
    give(sitting, "optim.lr")
    trained(sitting, sitting.ann)
    assert "Leaderboard" not in texts(sitting.page(sitting.bob))
    teacher = sitting.tab("Wall")
    one(teacher.toggle, "Leaderboard for the students").set_value(True).run()
    calm(teacher)
    assert sitting.room.state.leaderboard
    assert list(teacher.dataframe[0].value["Student"]) == ["Ann"]
    assert "Leaderboard" in texts(sitting.page(sitting.ann))
    found = board_of(sitting.held)
    assert found is not None
    assert [name for name, _ in found["rows"]] == ["Ann"]


def test_other_pages_tell_a_student_what_waits(sitting: Sitting) -> None:
    sitting.now = sitting.ann

    def asked(at: AppTest) -> list[str]:
        labels = [str(link.proto.label) for link in at.get("page_link")]
        return [label for label in labels if label.startswith(("Exercise", "A question"))]

    at = sitting.open_page("catalogue")
    assert asked(at) == []
    give(sitting, "optim.lr")
    assert asked(at.run()) == ["Exercise: Find a rate"]
    poll = sitting.room.ask(TEACHING, "Which?", ["a", "b"])
    assert "Which" in asked(at.run())[0]
    sitting.room.vote(sitting.ann, poll, 0)
    trained(sitting, sitting.ann)
    assert asked(at.run()) == []
