"""Who sits at a browser, and what each kind of visitor may do. Every action and stream asks here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from core.classroom.events import TEACHER
from core.errors import NotAllowed

Role = Literal["owner", "teacher", "student", "nobody"]
"""owner: the machine's own user, where no class is open; nobody: without a valid cookie in a class."""


@dataclass(frozen=True)
class Visitor:
    """One visitor. `id` is a student's member id, TEACHER for the teacher, and empty for the others."""

    role: Role
    id: str = ""
    nickname: str = ""

    @property
    def teaches(self) -> bool:
        """Whether it is the teacher of a class."""
        return self.role == "teacher"

    @property
    def learns(self) -> bool:
        """Whether it is a student of a class."""
        return self.role == "student"

    def must_teach(self) -> None:
        """Raise NotAllowed unless it is the teacher."""
        if not self.teaches:
            raise NotAllowed("Only the teacher of this class can do that.")

    def must_learn(self) -> None:
        """Raise NotAllowed unless it is a student."""
        if not self.learns:
            raise NotAllowed("Only a student of this class can do that: join it first.")


OWNER = Visitor("owner")
NOBODY = Visitor("nobody")
TEACHING = Visitor("teacher", TEACHER, "Teacher")
