"""Which class this server holds, if any, and who the visitor of a page is. The one place where a cookie becomes a person."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import streamlit as st

from core.classroom.room import Classroom
from core.classroom.visitors import OWNER, Visitor
from core.classroom.workspaces import ClassWorkspaces
from core.store.workspace import Workspace

CLASS_VARIABLE = "GRADCLINIC_CLASS"
"""Names the folder of the class that the server holds; without it there is no class."""
COOKIE = "gradclinic_class"
_open: dict[str, ClassWorkspaces] = {}
_lock = threading.Lock()


def the_class() -> ClassWorkspaces | None:
    """The class that this server holds; None when it serves the machine's own user."""
    folder = os.environ.get(CLASS_VARIABLE, "")
    if not folder:
        return None
    with _lock:  # its journal has one writer
        if folder not in _open:
            _open[folder] = ClassWorkspaces(Classroom(Path(folder)), Workspace())
        return _open[folder]


def visitor() -> Visitor:
    """Who looks at the page that is being drawn."""
    found = the_class()
    return OWNER if found is None else found.room.visitor(cookie())


def cookie() -> str | None:
    """The class cookie of this browser session."""
    return st.context.cookies.get(COOKIE)


def workspace() -> Workspace:
    """The workspace of whoever looks at the page.

    Raises:
        NotAllowed: for somebody who has not joined the class.
    """
    found = the_class()
    return Workspace() if found is None else found.of(visitor())
