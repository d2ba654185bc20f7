"""A class with two students, in an empty workspace."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from core.classroom.room import Classroom
from core.classroom.visitors import TEACHING, Visitor
from core.classroom.workspaces import ClassWorkspaces
from core.store.workspace import Workspace

SMALL = {
    "name": "Small",
    "data": {"key": "digits", "limit": 200},
    "model": {"depth": 1, "width": 8},
    "train": {"epochs": 2},
}


@dataclass
class Class:
    """A class, its workspaces, its teacher and two students."""

    room: Classroom
    workspaces: ClassWorkspaces
    ann: Visitor
    bob: Visitor
    teacher: Visitor = TEACHING


@pytest.fixture
def lesson(workspace: Workspace) -> Iterator[Class]:
    """Ann and Bob in a class."""
    room = Classroom(workspace.home / "class")
    students = [room.visitor(room.join(room.code, name)[1]) for name in ("Ann", "Bob")]
    yield Class(room, ClassWorkspaces(room, workspace), *students)
    room.close()
