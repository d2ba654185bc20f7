"""The page of a teacher who shows it: what is on it is told to the class whenever it has changed."""

from __future__ import annotations

import contextlib

import streamlit as st

from app import navigation, projector
from app.classroom import access
from app.views.classroom import choices
from core.errors import ClinicError

SHOW = "class.show"
OWN = "class"
"""The page with which the class is led is the teacher's own."""
RUN_QUERIES = ("run", "race", "runs", "lanes")
"""Query parameters that name runs, alone or separated by commas."""
Place = tuple[str, dict[str, str]]


def place() -> Place:
    """The page that is drawn, with its query."""
    return str(st.session_state[navigation.HERE]), projector.without(dict(st.query_params))


def show() -> None:
    """Show the page as it is now to all; does nothing for somebody who shows nothing."""
    held, visitor = access.the_class(), access.visitor()
    here, query = place()
    if held is not None and visitor.teaches and st.session_state.get(SHOW) and here != OWN:
        held.room.show(visitor, here, query, runs_in(query), choices.made(here))


def changed() -> None:
    """The `on_change` of what is chosen in a fragment: only that is drawn anew, so the page does not tell by itself.

    What can't be told now, on a full disk, is said when the page is drawn the next time.
    """
    with contextlib.suppress(ClinicError):
        show()


def runs_in(query: dict[str, str]) -> list[str]:
    """Ids of the runs that an address names."""
    return [run.strip() for name in RUN_QUERIES for run in query.get(name, "").split(",") if run.strip()]
