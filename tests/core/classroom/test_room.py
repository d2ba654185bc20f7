"""A class: who gets in, who may do what, and that all of it is still there after a restart."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from core.classroom.events import ClassState, after
from core.classroom.limits import SETTINGS, ClassLimits
from core.classroom.room import MOST_MEMBERS, Classroom
from core.classroom.visitors import NOBODY, OWNER, Visitor
from core.errors import BadInput, LimitReached, NotAllowed, RecipeError
from tests.core.classroom.conftest import SMALL, Class


def test_the_right_code_and_a_free_name_get_in(lesson: Class) -> None:
    member, cookie = lesson.room.join(f" {lesson.room.code.lower()} ", "Cem")
    assert lesson.room.visitor(cookie) == Visitor("student", member.id, "Cem")
    for code, name, words in (
        ("WRONG234", "Dora", "not the code"),
        (lesson.room.code, "cem", "taken"),
        (lesson.room.code, "Ánn", "taken"),
        (lesson.room.code, "<>", "at least one letter"),
    ):
        with pytest.raises(BadInput, match=words):
            lesson.room.join(code, name)
    assert [m.nickname for m in lesson.room.state.present] == ["Ann", "Bob", "Cem"]


def test_a_class_has_a_size(lesson: Class) -> None:
    for number in range(MOST_MEMBERS - 2):
        lesson.room.join(lesson.room.code, f"Student {number}")
    with pytest.raises(LimitReached, match="full"):
        lesson.room.join(lesson.room.code, "One more")


def test_a_kicked_student_is_nobody_and_the_name_stays_taken(lesson: Class) -> None:
    _, cookie = lesson.room.join(lesson.room.code, "Cem")
    lesson.room.kick(lesson.teacher, lesson.room.visitor(cookie).id)
    assert lesson.room.visitor(cookie) is NOBODY
    with pytest.raises(BadInput, match="taken"):
        lesson.room.join(lesson.room.code, "Cem")


def test_a_new_code_shuts_the_old_one_out_and_keeps_the_members(lesson: Class) -> None:
    old = lesson.room.code
    lesson.room.renew_code(lesson.teacher)
    assert lesson.room.code != old
    with pytest.raises(NotAllowed, match="not the code"):
        lesson.room.join(old, "Cem")
    lesson.room.must_be_member(lesson.ann)


def test_only_the_newest_teacher_key_opens_and_only_its_hash_is_kept(lesson: Class) -> None:
    old, key = lesson.room.new_teacher_key(), lesson.room.new_teacher_key()
    assert lesson.room.teacher_cookie(old) is None
    assert lesson.room.teacher_cookie("") is None
    assert lesson.room.visitor(lesson.room.teacher_cookie(key)).teaches
    assert key not in (lesson.room.folder / "teacher.json").read_text()
    kept = json.loads((lesson.room.folder / "teacher.json").read_text())
    (lesson.room.folder / "teacher.json").write_text(json.dumps({**kept, "until": 0}))
    assert lesson.room.teacher_cookie(key) is None


TEACHERS: dict[str, Callable[[Classroom, Visitor], object]] = {
    "kick": lambda room, who: room.kick(who, room.state.present[0].id),
    "renew_code": lambda room, who: room.renew_code(who),
    "cookie_of": lambda room, who: room.cookie_of(who, room.state.present[0].id),
    "show": lambda room, who: room.show(who, "run", {}),
    "hide": lambda room, who: room.hide(who),
    "freeze": lambda room, who: room.freeze(who, True),
    "leaderboard": lambda room, who: room.leaderboard(who, True),
    "set_limits": lambda room, who: room.set_limits(who, ClassLimits()),
    "give": lambda room, who: room.give(who, "T", "", SMALL, ["optim"]),
    "close_exercise": lambda room, who: room.close_exercise(who),
    "ask": lambda room, who: room.ask(who, "Q", ["a", "b"]),
    "tell_fault": lambda room, who: room.tell_fault(who, next(iter(room.state.exercises), "")),
    "name_right": lambda room, who: room.name_right(who, next(iter(room.state.polls), ""), 1),
    "reveal": lambda room, who: room.reveal(who, "p"),
    "end": lambda room, who: room.end(who),
}


@pytest.mark.parametrize("action", TEACHERS)
def test_what_only_a_teacher_may_do_is_refused_to_all_others(lesson: Class, action: str) -> None:
    lesson.room.give(lesson.teacher, "T", "", SMALL, [])
    lesson.room.ask(lesson.teacher, "Q", ["a", "b"])
    before = lesson.room.state
    for who in (lesson.ann, NOBODY, OWNER):
        with pytest.raises(NotAllowed, match="Only the teacher"):
            TEACHERS[action](lesson.room, who)
    assert lesson.room.state is before
    TEACHERS[action](lesson.room, lesson.teacher)


def test_every_method_that_takes_a_visitor_is_covered_by_these_tests() -> None:
    students = {"vote", "started", "must_be_free", "must_be_member", "place", "keep_place", "visitor"}
    taking = {
        name
        for name, member in vars(Classroom).items()
        if callable(member) and "visitor" in getattr(member, "__annotations__", {})
    }
    assert taking == set(TEACHERS) | (students - {"visitor"})


def test_a_poll_is_answered_changed_and_revealed_to_all_at_once(lesson: Class) -> None:
    poll = lesson.room.ask(lesson.teacher, "Which wins?", ["SGD", "Adam", " "], right=1)
    lesson.room.vote(lesson.ann, poll, 0)
    lesson.room.vote(lesson.ann, poll, 1)
    lesson.room.vote(lesson.bob, poll, 0)
    assert lesson.room.state.polls[poll].counts() == [1, 1]
    for option in (2, -1):
        with pytest.raises(BadInput, match="not one of the answers"):
            lesson.room.vote(lesson.bob, poll, option)
    with pytest.raises(NotAllowed, match="Only a student"):
        lesson.room.vote(lesson.teacher, poll, 0)
    lesson.room.reveal(lesson.teacher, poll)
    with pytest.raises(BadInput, match="closed"):
        lesson.room.vote(lesson.bob, poll, 1)
    assert lesson.room.state.polls[poll].revealed


def test_the_right_answer_is_named_when_or_after_it_is_revealed(lesson: Class) -> None:
    room = lesson.room
    poll = room.ask(lesson.teacher, "Which wins?", ["SGD", "Adam"])
    room.vote(lesson.ann, poll, 0)
    room.vote(lesson.bob, poll, 1)
    room.reveal(lesson.teacher, poll)
    assert room.state.polls[poll].were_right is None
    for right, were_right in ((1, 1), (0, 1), (None, None)):
        room.name_right(lesson.teacher, poll, right)
        found = room.state.polls[poll]
        assert (found.right, found.were_right, found.revealed) == (right, were_right, True)
    known = room.state.seq
    room.name_right(lesson.teacher, poll, None)
    assert room.state.seq == known, "naming what is named already is no event"
    for key, option, words in (
        (poll, 2, "one of the answers"),
        (poll, -1, "one of the answers"),
        ("x", 0, "no such poll"),
    ):
        with pytest.raises(BadInput, match=words):
            room.name_right(lesson.teacher, key, option)


def test_a_journal_from_before_is_read_as_it_was_meant(lesson: Class) -> None:
    poll = lesson.room.ask(lesson.teacher, "Q", ["a", "b"], right=1)
    lesson.room.reveal(lesson.teacher, poll)  # an event without the answer, as ever
    assert [dict(event.data) for event in lesson.room.events() if event.kind == "revealed"] == [{"poll": poll}]
    assert lesson.room.state.polls[poll].right == 1
    exercise = lesson.room.give(lesson.teacher, "T", "", SMALL, [])
    assert not lesson.room.state.exercises[exercise].told


@pytest.mark.parametrize(
    ("options", "right"), [(["one"], None), (["a", "a"], None), ([*"abcdefghi"], None), (["a", "b"], 2)]
)
def test_a_poll_without_a_choice_is_refused(lesson: Class, options: list[str], right: int | None) -> None:
    with pytest.raises(BadInput):
        lesson.room.ask(lesson.teacher, "Q", options, right)
    with pytest.raises(BadInput, match="question"):
        lesson.room.ask(lesson.teacher, "  ", ["a", "b"])


def test_an_exercise_needs_a_recipe_that_works_and_settings_that_exist(lesson: Class) -> None:
    with pytest.raises(RecipeError, match="widht"):
        lesson.room.give(lesson.teacher, "T", "", {"model": {"widht": 3}}, ["optim"])
    with pytest.raises(BadInput, match="optim"):
        lesson.room.give(lesson.teacher, "T", "", SMALL, ["optimm.lr"])
    first = lesson.room.give(lesson.teacher, "First", "Mend it", SMALL, ["optim.lr"])
    second = lesson.room.give(lesson.teacher, "Second", "", SMALL, [])
    assert lesson.room.state.exercises[first].closed
    assert lesson.room.state.exercise == lesson.room.exercise_of(second)
    lesson.room.close_exercise(lesson.teacher)
    assert lesson.room.state.exercise is None


def test_frozen_screens_take_no_votes(lesson: Class) -> None:
    poll = lesson.room.ask(lesson.teacher, "Q", ["a", "b"])
    lesson.room.freeze(lesson.teacher, True)
    with pytest.raises(NotAllowed, match="holds all screens"):
        lesson.room.vote(lesson.ann, poll, 0)
    lesson.room.freeze(lesson.teacher, False)
    lesson.room.vote(lesson.ann, poll, 0)


def test_all_of_it_is_there_after_a_restart_and_at_any_moment(lesson: Class) -> None:
    room = lesson.room
    cookie = room.join(room.code, "Cem")[1]
    room.show(lesson.teacher, "run", {"run": "a"}, ["a"])
    poll = room.ask(lesson.teacher, "Q", ["a", "b"])
    room.vote(lesson.ann, poll, 1)
    room.give(lesson.teacher, "T", "task", SMALL, ["optim"])
    room.kick(lesson.teacher, lesson.bob.id)
    room.set_limits(lesson.teacher, ClassLimits(epochs=7))
    room.keep_place(lesson.ann, "run", {"run": "a"}, away=True)
    again = Classroom(room.folder)
    assert again.state == room.state
    assert again.code == room.code
    assert again.visitor(cookie).nickname == "Cem"
    assert again.place(lesson.ann) == {"page": "run", "query": {"run": "a"}, "away": True}
    states = [ClassState()]
    for event in again.events():
        states.append(after(states[-1], event))
    assert states[-1] == room.state
    assert [len(state.members) for state in states[:4]] == [0, 1, 2, 3]
    again.close()


def test_an_event_of_a_later_version_changes_nothing(lesson: Class) -> None:
    lesson.room._record("teacher", "fireworks", {"colour": "red"})
    again = Classroom(lesson.room.folder)
    assert again.state.members == lesson.room.state.members
    again.close()


def test_showing_the_same_again_is_no_event(lesson: Class) -> None:
    lesson.room.show(lesson.teacher, "run", {"run": "a"}, ["a"])
    seq = lesson.room.state.seq
    lesson.room.show(lesson.teacher, "run", {"run": "a"}, ["a", "../x"])
    assert lesson.room.state.seq == seq


def test_listeners_hear_of_every_change_until_they_leave(lesson: Class) -> None:
    heard: list[bool] = []

    def broken(state: ClassState) -> None:
        raise RuntimeError("a bug")

    lesson.room.listen(broken)
    leave = lesson.room.listen(lambda state: heard.append(state.frozen))
    lesson.room.freeze(lesson.teacher, True)
    leave()
    lesson.room.freeze(lesson.teacher, False)
    assert heard == [True]


def test_limits_are_checked_and_have_the_defaults_of_their_settings() -> None:
    assert ClassLimits() == ClassLimits.of({param.name: param.default for param in SETTINGS})
    with pytest.raises(BadInput, match=r"Epochs .*; Minutes "):
        ClassLimits.of({"epochs": 0, "minutes": -1})
