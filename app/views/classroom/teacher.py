"""The teacher's Class page: the wall, the exercise, polls, the students and their limits, with the way in always at hand."""

from __future__ import annotations

import streamlit as st

from app import failures, state
from app.forms.widgets import param_input
from app.views.classroom import exercise_form, members, polls, report, wall
from core.classroom.limits import SETTINGS, ClassLimits
from core.classroom.visitors import Visitor
from core.classroom.workspaces import ClassWorkspaces

COLUMNS = 3


def page(held: ClassWorkspaces, visitor: Visitor) -> None:
    """Draw the page."""
    room = held.room
    with st.container(horizontal=True, vertical_alignment="center"):
        st.title("Class", anchor=False, width="content")
        if room.state.members:
            members.join_popover(room, visitor)
        report.save_report(held, visitor)
    if room.state.ended:
        st.info("This class has ended: nobody can join any more. All runs are kept.", icon=":material/event_available:")
    elif not room.state.members:
        st.caption("Nobody has joined yet. Let the students open this link, or show them the code.")
        members.join_panel(room, visitor, place="first")
    drawers = {
        "Wall": lambda: wall.teachers_wall(held, visitor),
        "Exercise": lambda: exercise_form.exercise(held, visitor),
        "Poll": lambda: polls.teachers_polls(held, visitor),
        "Students": lambda: members.students(room, visitor),
        "Limits": lambda: _limits(held, visitor),
    }
    for tab, draw in zip(st.tabs(list(drawers), key="class_tabs", on_change="rerun"), drawers.values(), strict=True):
        if tab.open:
            with tab, failures.guard():
                draw()


def _limits(held: ClassWorkspaces, visitor: Visitor) -> None:
    room, typed = held.room, {}
    st.caption(
        "What one student may take of this machine. A limit that is met is said in words; your own runs go first and have none."
    )
    now = room.state.limits.document()
    for begin in range(0, len(SETTINGS), COLUMNS):
        row = SETTINGS[begin : begin + COLUMNS]
        for column, param in zip(st.columns(COLUMNS, vertical_alignment="bottom"), row, strict=False):
            with column:
                key = f"class.limit.{param.name}.{now[param.name]}"  # another one once it was changed elsewhere
                typed[param.name] = param_input(param, now[param.name], key)
    if st.button(
        "Use these limits", type="primary", icon=":material/speed:", disabled=typed == now, key="class.limits"
    ):
        with failures.guard():
            room.set_limits(visitor, ClassLimits.of(typed))
            state.notify("toast", "These limits hold for all runs that start from now on.")
            st.rerun()
