"""The Class page: the teacher's, the student's, and for the machine's own user how a class is opened."""

from __future__ import annotations

from app.classroom import access
from app.views.classroom import closed, student, teacher


def page() -> None:
    """Draw the page of whoever looks."""
    held, visitor = access.the_class(), access.visitor()
    if held is None:
        closed.page()
    elif visitor.teaches:
        teacher.page(held, visitor)
    else:
        student.page(held, visitor)
