"""Where the report of a class is saved: the teacher's page, the list of past classes, and the command line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.classroom import access
from app.views.classroom.report import _maker
from core.classroom.room import Classroom
from core.classroom.visitors import TEACHING, Visitor
from core.classroom.workspaces import ClassWorkspaces
from core.errors import NotAllowed
from core.store.workspace import Workspace
from tests.pages.conftest import Open, calm
from tests.test_cli import gradclinic


@pytest.fixture
def held(workspace: Workspace) -> Iterator[ClassWorkspaces]:
    """A class with one student."""
    room = Classroom(workspace.home / "classes" / "20260101-100000")
    room.join(room.code, "Ann")
    yield ClassWorkspaces(room, workspace)
    room.close()


def as_visitor(monkeypatch: pytest.MonkeyPatch, held: ClassWorkspaces, visitor: Visitor) -> None:
    monkeypatch.setattr(access, "the_class", lambda: held)
    monkeypatch.setattr(access, "visitor", lambda: visitor)


def test_the_teacher_has_a_button(open_page: Open, held: ClassWorkspaces, monkeypatch: pytest.MonkeyPatch) -> None:
    as_visitor(monkeypatch, held, TEACHING)
    at = open_page("class")
    calm(at)
    assert [one.proto.label for one in at.get("download_button")] == ["Save report"]


def test_a_student_has_none(open_page: Open, held: ClassWorkspaces, monkeypatch: pytest.MonkeyPatch) -> None:
    member = held.room.state.present[0]
    as_visitor(monkeypatch, held, Visitor("student", member.id, member.nickname))
    at = open_page("class")
    calm(at)
    assert not at.get("download_button")


def test_the_file_is_made_for_the_teachers_cookie_only(held: ClassWorkspaces, monkeypatch: pytest.MonkeyPatch) -> None:
    room = held.room
    teachers = room.teacher_cookie(room.new_teacher_key())
    students = room.cookie_of(TEACHING, room.state.present[0].id)
    for cookie in (None, "forged", students):
        monkeypatch.setattr(access, "cookie", lambda cookie=cookie: cookie)
        with pytest.raises(NotAllowed):
            _maker(room.folder, held.home.home, held)()
    monkeypatch.setattr(access, "cookie", lambda: teachers)
    assert b"<td>Ann</td>" in _maker(room.folder, held.home.home, held)()


def test_the_machines_own_user_finds_past_classes(open_page: Open, held: ClassWorkspaces) -> None:
    at = open_page("class")
    calm(at)
    assert [one.proto.label for one in at.get("download_button")] == ["Open report"]
    assert any("1 student" in one.value for one in at.caption)


def test_no_class_no_list(open_page: Open, workspace: Workspace) -> None:
    at = open_page("class")
    calm(at)
    assert not at.get("download_button")
    assert not any("Classes so far" in one.value for one in at.subheader)


def test_the_command_writes_the_file(held: ClassWorkspaces, tmp_path: Path) -> None:
    home, out = held.home.home, tmp_path / "report.html"
    told = gradclinic(home, "class-report", "--out", str(out), "--json")
    assert (told.returncode, json.loads(told.stdout)["members"]) == (0, 1)
    assert out.read_text().startswith("<!doctype html>")
    bad = gradclinic(home, "class-report", "nowhere", "--out", str(out))
    assert (bad.returncode, bad.stderr.count("\n")) == (2, 1)
    assert "20260101-100000" in bad.stderr
