"""What the teacher shows: choices are kept as plain values, told once, and part of the news."""

from __future__ import annotations

from typing import Any

import pytest

from app.classroom.news import news_for, redraws
from core.classroom.events import ClassState, after
from core.classroom.showing import LONGEST_CHOICE, MOST_CHOICES, showing, unpacked
from core.errors import NotAllowed
from tests.core.classroom.conftest import Class

CHOICES: dict[str, Any] = {
    "explain.row.a": 4,
    "explain.compared.a.background": (100, "rows"),
    "signals.inits": ["lsuv"],
}


def test_choices_come_back_as_they_were_and_the_rest_is_left_out() -> None:
    long = {"long": "x" * LONGEST_CHOICE, "object": object(), "nested": [[1]]}
    kept = showing("explain", {}, [], {**CHOICES, **long})["choices"]
    assert {key: unpacked(value) for key, value in kept.items()} == CHOICES
    many = {f"signals.{number}": number for number in range(3 * MOST_CHOICES)}
    assert len(showing("signals", {}, [], many)["choices"]) == MOST_CHOICES


def test_a_choice_is_news_once(lesson: Class) -> None:
    room = lesson.room
    room.show(lesson.teacher, "explain", {"run": "a"}, ["a"], CHOICES)
    before, seq = news_for(lesson.ann, room.state), room.state.seq
    room.show(lesson.teacher, "explain", {"run": "a"}, ["a"], CHOICES)
    assert room.state.seq == seq, "the same again is no event"
    room.show(lesson.teacher, "explain", {"run": "a"}, ["a"], {**CHOICES, "explain.row.a": 5})
    assert news_for(lesson.ann, room.state) != before
    with pytest.raises(NotAllowed):
        room.show(lesson.ann, "explain", {}, [], CHOICES)


def test_a_class_of_an_earlier_version_shows_without_choices(lesson: Class) -> None:
    lesson.room.show(lesson.teacher, "run", {"run": "a"}, ["a"])
    (event,) = [one for one in lesson.room.events() if one.kind == "shown"]
    old = {key: value for key, value in event.data.items() if key != "choices"}
    state = after(ClassState(), type(event)(1, 0.0, "teacher", "shown", old))
    assert state.shown is not None
    assert state.shown.choices == {}


def test_a_page_is_drawn_anew_for_what_concerns_it_and_for_nothing_else(lesson: Class) -> None:
    room, ann = lesson.room, lesson.ann
    nothing = room.state
    room.show(lesson.teacher, "run", {"run": "20260101-000000-mine-aaaaaa"}, ["20260101-000000-mine-aaaaaa"])
    shown = room.state
    room.show(lesson.teacher, "claims", {}, [], CHOICES)
    claims = room.state
    assert redraws(ann, nothing, shown), "the way to the teacher comes"
    assert redraws(ann, shown, nothing), "and goes"
    assert not redraws(ann, shown, claims), "where the teacher goes concerns those who follow"
    assert redraws(ann, shown, claims, ["20260101-000000-mine-aaaaaa"]), "the run looked at is not lent any more"
    assert news_for(ann, shown) != news_for(ann, claims), "but all are told, and may look whether they follow"
    assert not redraws(lesson.teacher, nothing, claims)
    room.freeze(lesson.teacher, True)
    assert redraws(ann, claims, room.state)
    assert redraws(lesson.teacher, claims, room.state)
