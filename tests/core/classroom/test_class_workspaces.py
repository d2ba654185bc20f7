"""Everybody's own workspace: what others have does not exist, what is shown can be looked at, and limits are met with a sentence."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from core.classroom.events import Exercise
from core.classroom.limits import ClassLimits
from core.classroom.locks import differences, locked_changes
from core.classroom.visitors import NOBODY
from core.classroom.workspaces import folder_bytes
from core.data.upload.store import delete_upload, list_uploads, load_upload, save_upload
from core.errors import BadInput, DataError, LimitReached, NotAllowed, RecipeError, UnknownRun
from core.race.presets import RACES
from core.recipe.codec import parse_recipe, to_document
from core.runtime import jobs
from core.store.workspace import Run, Workspace
from tests.core.classroom.conftest import SMALL, Class


def start(workspace: Workspace, **changes: Any) -> Run:
    return jobs.start(workspace, parse_recipe({**SMALL, **changes}))


def test_a_students_run_does_not_exist_for_another_student(lesson: Class) -> None:
    anns, bobs = lesson.workspaces.of(lesson.ann), lesson.workspaces.of(lesson.bob)
    run = start(anns)
    for name in (run.id, f"../{lesson.ann.id}/runs/{run.id}", f"../../{lesson.ann.id}/runs/{run.id}"):
        with pytest.raises(UnknownRun):
            bobs.run(name)
        with pytest.raises(UnknownRun):
            bobs.find(name)
    assert list(bobs.runs()) == []
    assert [one.id for one in anns.runs()] == [run.id]
    with pytest.raises(NotAllowed):
        lesson.workspaces.of(NOBODY)


def test_the_teacher_can_look_at_a_students_run_and_not_change_it(lesson: Class) -> None:
    run = start(lesson.workspaces.of(lesson.ann))
    seen = lesson.workspaces.of(lesson.teacher).run(run.id)
    assert seen.read_only
    assert seen.document()["name"] == "Small"


def test_what_is_shown_can_be_looked_at_as_long_as_it_is_shown(lesson: Class) -> None:
    teachers, bobs = lesson.workspaces.of(lesson.teacher), lesson.workspaces.of(lesson.bob)
    own, anns = start(teachers), start(lesson.workspaces.of(lesson.ann))
    with pytest.raises(UnknownRun):
        bobs.run(own.id)
    lesson.room.show(lesson.teacher, "compare", {}, [own.id, anns.id])
    for run in (own, anns):
        assert bobs.run(run.id).read_only
    lesson.room.kick(lesson.teacher, lesson.bob.id)
    with pytest.raises(UnknownRun):
        bobs.run(own.id)
    lesson.room.hide(lesson.teacher)
    with pytest.raises(UnknownRun):
        lesson.workspaces.of(lesson.ann).run(own.id)


def test_a_run_that_is_looked_at_refuses_every_change(lesson: Class) -> None:
    teachers, anns = lesson.workspaces.of(lesson.teacher), lesson.workspaces.of(lesson.ann)
    run = start(teachers)
    lesson.room.show(lesson.teacher, "run", {"run": run.id}, [run.id])
    seen = anns.run(run.id)
    for change in (
        lambda: seen.control.send("stop"),
        lambda: seen.control.set_labels(name="Mine"),
        lambda: seen.control.cancel_request(),
        lambda: jobs.cancel(anns, seen),
        lambda: jobs.kill(seen),
        lambda: jobs.enqueue(anns, seen),
        lambda: anns.trash(run.id),
    ):
        with pytest.raises(NotAllowed, match="somebody else's"):
            change()
    assert teachers.run(run.id).control.labels()["name"] == "Small"
    assert teachers.run(run.id).control.commands() == []


def test_a_run_in_training_and_two_waiting_are_all_that_a_student_has(lesson: Class) -> None:
    anns = lesson.workspaces.of(lesson.ann)
    runs = [start(anns) for _ in range(3)]
    with pytest.raises(LimitReached, match="3 runs in training or waiting"):
        start(anns)
    start(lesson.workspaces.of(lesson.bob))
    assert jobs.cancel(anns, runs[0])
    start(anns)
    lesson.room.set_limits(lesson.teacher, ClassLimits(queued=5))
    start(anns)


def test_two_tabs_at_once_do_not_get_one_run_more(lesson: Class) -> None:
    refused = []

    def press() -> None:
        try:
            start(lesson.workspaces.of(lesson.ann))
        except LimitReached as error:
            refused.append(error)

    tabs = [threading.Thread(target=press) for _ in range(8)]
    for tab in tabs:
        tab.start()
    for tab in tabs:
        tab.join()
    assert len(refused) == 5
    assert len(list(lesson.workspaces.of(lesson.ann).runs())) == 3


@pytest.mark.parametrize(
    ("limits", "words"),
    [
        (ClassLimits(epochs=1), "2 epochs are asked for"),
        (ClassLimits(kept=1), "1 runs, the most in this class"),
        (ClassLimits(disk=10), "at most 10 MiB"),
    ],
)
def test_each_limit_has_its_sentence_and_nothing_is_made(lesson: Class, limits: ClassLimits, words: str) -> None:
    anns = lesson.workspaces.of(lesson.ann)
    start(anns)
    (anns.home / "large.bin").write_bytes(bytes(11 * 2**20))
    lesson.room.set_limits(lesson.teacher, limits)
    with pytest.raises(LimitReached, match=words):
        jobs.start(anns, parse_recipe(SMALL), key="one press")
    assert len(list(anns.runs())) == 1
    lesson.room.set_limits(lesson.teacher, ClassLimits(disk=100))
    jobs.start(anns, parse_recipe(SMALL), key="one press")  # the same press may be tried again
    assert len(list(anns.runs())) == 2


def test_the_limits_go_with_the_run_to_its_trainer(lesson: Class) -> None:
    run = start(lesson.workspaces.of(lesson.ann))
    assert run.limits() == ClassLimits().of_a_run().document()
    assert start(lesson.workspaces.of(lesson.teacher)).limits() == {}


def test_every_lane_of_a_race_keeps_to_the_epochs(lesson: Class) -> None:
    lesson.room.set_limits(lesson.teacher, ClassLimits(epochs=2))
    with pytest.raises(LimitReached, match="epochs"):
        jobs.start_document(lesson.workspaces.of(lesson.ann), RACES["clipping"].document)


def test_nobody_starts_anything_while_screens_are_held_or_once_sent_out(lesson: Class) -> None:
    lesson.room.freeze(lesson.teacher, True)
    with pytest.raises(NotAllowed, match="holds all screens"):
        start(lesson.workspaces.of(lesson.ann))
    start(lesson.workspaces.of(lesson.teacher))
    lesson.room.freeze(lesson.teacher, False)
    anns = lesson.workspaces.of(lesson.ann)
    lesson.room.kick(lesson.teacher, lesson.ann.id)
    with pytest.raises(NotAllowed, match="not in this class"):
        start(anns)
    assert list(anns.runs()) == []


def test_a_copy_counts_for_the_exercise_when_only_open_settings_differ(lesson: Class) -> None:
    given = lesson.room.give(lesson.teacher, "Mend it", "", SMALL, ["optim", "train.batch_size"])
    anns = lesson.workspaces.of(lesson.ann)
    copy = start(anns, name="Mine", seed=7, optim={"key": "sgd", "lr": 0.3}, train={"epochs": 2, "batch_size": 16})
    other = start(anns, model={"depth": 2, "width": 8})
    found = {one.run: one.exercise for one in lesson.room.state.runs}
    assert found == {copy.id: given, other.id: ""}
    document = to_document(parse_recipe({**SMALL, "train": {"epochs": 3}, "regularise": {"l1": {}}}))
    assert locked_changes(lesson.room.exercise_of(given), document) == ["regularise.l1.strength", "train.epochs"]


@pytest.mark.parametrize(
    ("opened", "changes", "locked"),
    [
        (["optim.key"], {"optim": {"key": "adam", "lr": 0.1, "beta1": 0.8}}, []),
        (["optim.key"], {"optim": {"key": "adam", "lr": 0.2}}, ["optim.lr"]),  # the section's own settings stay locked
        (["optim.key"], {"optim": {"key": "momentum", "lr": 0.1, "momentum": 0.5}}, ["optim.momentum"]),
        (["optim.lr"], {"optim": {"key": "nesterov", "lr": 0.2}}, ["optim.dampening", "optim.key"]),
        (["schedule.key"], {"schedule": {"key": "step", "every": 0.5}}, []),
        (["schedule.key"], {"schedule": {"key": "step"}, "train": {"epochs": 3}}, ["train.epochs"]),
        (["model.key"], {"model": {"key": "linear"}}, []),
        (["model.key"], {"model": {"depth": 1, "width": 9}}, ["model.width"]),
        (["loss.key"], {"loss": {"key": "focal", "gamma": 1.0}}, []),
    ],
)
def test_an_open_choice_brings_the_settings_of_what_is_chosen(
    opened: list[str], changes: dict[str, Any], locked: list[str]
) -> None:
    given = {**SMALL, "optim": {"key": "momentum", "lr": 0.1}}
    exercise = Exercise("one", "T", "", given, tuple(opened), 0.0)
    assert locked_changes(exercise, {**given, **changes}) == locked


def test_differences_go_down_to_the_setting() -> None:
    assert differences({"a": {"b": 1, "c": 2}, "d": 1}, {"a": {"b": 1, "c": 3}, "e": {}}) == ["a.c", "d", "e"]
    assert differences({"a": {}}, {"a": {"l1": {}}}) == ["a.l1"]


def test_an_unusable_recipe_makes_nothing(lesson: Class) -> None:
    with pytest.raises((RecipeError, BadInput)):
        jobs.start_document(lesson.workspaces.of(lesson.ann), {"model": {"key": "nonsense"}})
    assert lesson.room.state.runs == ()


def test_bytes_of_a_folder_count_its_files(lesson: Class) -> None:
    folder = lesson.workspaces.of(lesson.ann).home / "x"
    (folder / "y").mkdir(parents=True)
    (folder / "y" / "z").write_bytes(b"12345")
    assert folder_bytes(folder) == 5
    assert folder_bytes(folder / "none") == 0


def test_the_teachers_table_comes_with_the_run_that_trains_on_it(lesson: Class) -> None:
    rows = "\n".join(f"{i},{i % 7},{i % 2}" for i in range(60))
    table = save_upload(lesson.workspaces.home.home, "shop.csv", f"a,b,sold\n{rows}\n".encode())
    data = {"key": "upload", "file": table.name, "target": "sold"}
    lesson.room.give(lesson.teacher, "Table", "", {**SMALL, "data": data}, ["optim"])
    anns = lesson.workspaces.of(lesson.ann)
    start(anns)  # on other data: no copy, so there is nothing to hand out
    assert list_uploads(anns.home) == []
    start(anns, data=data)
    assert list_uploads(anns.home) == [table]
    assert len(load_upload(anns.home, table.name)[1]) == 60
    start(anns, data=data, optim={"lr": 0.5})
    assert list_uploads(lesson.workspaces.of(lesson.bob).home) == []
    assert folder_bytes(anns.home / "uploads") == 0, "a shared file is not the student's"
    delete_upload(anns.home, table.name)
    assert list_uploads(lesson.workspaces.home.home) == [table]


def test_a_table_is_handed_to_students_only_and_said_to_be_missing(lesson: Class) -> None:
    data = {"key": "upload", "file": "../../class", "target": "sold"}
    exercise = Exercise("one", "Table", "", {**SMALL, "data": data}, (), 0.0)
    with pytest.raises(DataError, match="no uploaded table"):
        lesson.workspaces.hand_out(exercise, lesson.ann)
    with pytest.raises(NotAllowed):
        lesson.workspaces.hand_out(exercise, lesson.teacher)
    lesson.room.kick(lesson.teacher, lesson.ann.id)
    with pytest.raises(NotAllowed):
        lesson.workspaces.hand_out(exercise, lesson.ann)
    lesson.workspaces.hand_out(Exercise("two", "Digits", "", SMALL, (), 0.0), lesson.bob)
    assert not (lesson.workspaces.folder / lesson.bob.id / "uploads").exists()
