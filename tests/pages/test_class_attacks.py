"""Attacks through pages: other people's runs in the address, hostile names, caches that a browser may empty, full disks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import streamlit as st

from app import navigation
from app.classroom import access
from app.explainer import explainer
from app.inspector import inspector
from core.classroom.journal import Journal
from core.classroom.room import Classroom
from core.classroom.visitors import TEACHING
from core.classroom.workspaces import ClassWorkspaces
from core.errors import DiskFull
from core.store.workspace import Workspace
from tests.pages.conftest import Open, calm, finished

SHOW_RUNS = ("home", "run", "errors", "explain", "runs", "compare", "class")
HOSTILE = "**<script>alert(1)</script>** :red[x] [a](http://b)"
SECRET = "Zebrafish 7"  # which no run's id holds


class Seats:
    """A class in which the test takes one seat after the other."""

    def __init__(self, held: ClassWorkspaces) -> None:
        self.held, self.room = held, held.room
        self.ann, self.bob = (self.room.join(self.room.code, name)[1] for name in ("Ann", "Bob"))
        self.cookie: str | None = None

    @property
    def teacher(self) -> str | None:
        """The teacher's cookie."""
        return self.room.teacher_cookie(self.room.new_teacher_key())

    def of(self, cookie: str) -> Workspace:
        """The workspace of whoever has a cookie."""
        return self.held.of(self.room.visitor(cookie))


@pytest.fixture
def seats(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> Iterator[Seats]:
    """Ann and Bob, and nobody in front of the browser yet."""
    room = Classroom(workspace.home / "classes" / "one")
    found = Seats(ClassWorkspaces(room, workspace))
    monkeypatch.setattr(access, "the_class", lambda: found.held)
    monkeypatch.setattr(access, "cookie", lambda: found.cookie)
    yield found
    room.close()


def everything(at: Any) -> str:
    """All that stands on a page, as the browser gets it: texts, labels, choices, addresses, cells of tables."""
    found = []
    for element in (*at.main, *at.sidebar):
        found.append(str(getattr(element, "proto", "")))
        if element.type in ("arrow_data_frame", "arrow_table", "dataframe", "table"):
            found.append(element.value.to_csv())
    return " ".join(found)


def test_what_is_read_of_a_page_holds_its_texts_and_tables(workspace: Workspace, open_page: Open) -> None:
    finished(workspace, SECRET, steps=60)
    assert SECRET in everything(open_page("runs")), "a cell of the table"


@pytest.mark.parametrize(
    "key",
    [one.key if one.key in SHOW_RUNS else pytest.param(one.key, marks=pytest.mark.slow) for one in navigation.PAGES],
)
def test_another_students_run_shows_on_no_page(key: str, seats: Seats, open_page: Open) -> None:
    bobs = finished(seats.of(seats.bob), SECRET, steps=60)
    bobs.control.set_labels(name=SECRET)
    teachers = finished(seats.held.home, f"{SECRET} too", steps=60)
    seats.cookie = seats.ann
    ids = f"{bobs.id},{teachers.id},../{seats.room.visitor(seats.bob).id}/runs/{bobs.id}"
    at = open_page(key, run=bobs.id, runs=ids, race=teachers.id, lanes=ids, step="1", row="0")
    calm(at)
    assert SECRET not in everything(at)


@pytest.mark.parametrize("key", ["run", "runs", "compare", "class", "home"])
@pytest.mark.parametrize("seat", ["teacher", "ann"])
def test_scripts_in_names_are_text_on_every_page(key: str, seat: str, seats: Seats, open_page: Open) -> None:
    own = finished(seats.held.home if seat == "teacher" else seats.of(seats.ann), "own", steps=60)
    own.control.set_labels(name=HOSTILE, tags=["<b>"])
    seats.room.join(seats.room.code, "[a](http://b) :red[x]")
    seats.cookie = getattr(seats, seat)
    at = open_page(key, run=own.id, runs=own.id)
    calm(at)
    for kind in ("markdown", "caption", "title", "header", "subheader", "info", "warning", "error", "toast"):
        for element in at.get(kind):
            said = str(element.value)
            assert "<script>" not in said
            assert ":red[" not in said
            assert "](http://b)" not in said


def test_nobody_and_somebody_sent_out_see_no_page(seats: Seats, open_page: Open) -> None:
    finished(seats.of(seats.bob), SECRET, steps=60)
    seats.room.kick(TEACHING, seats.room.visitor(seats.bob).id)
    for cookie in (None, "forged", seats.bob):
        seats.cookie = cookie
        at = open_page("runs")
        calm(at)
        assert [title.value for title in at.title] == ["Join the class"]
        assert SECRET not in everything(at)


def test_a_browser_that_empties_the_cache_starts_no_new_processes() -> None:
    before = explainer(), inspector()
    st.cache_resource.clear()  # what the message clear_cache of any visitor's browser does
    st.cache_data.clear()
    assert (explainer(), inspector()) == before


def test_on_a_full_disk_pages_go_on(seats: Seats, open_page: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(self: Journal, who: str, kind: str, data: dict[str, Any]) -> None:
        raise DiskFull("The disk is full, so this could not be kept and did not happen.")

    finished(seats.held.home, "Shown", steps=60)
    seats.cookie = seats.teacher
    at = open_page("runs")
    calm(at)
    monkeypatch.setattr(Journal, "append", full)
    at.toggle(key="class.show").set_value(True).run()
    calm(at)
    assert any("disk is full" in error.value for error in at.error)
    assert any("All runs" in title.value for title in at.title)  # and the page is there all the same
    seats.cookie = seats.ann
    at = open_page("runs")
    calm(at)
    assert any("All runs" in title.value for title in at.title)
