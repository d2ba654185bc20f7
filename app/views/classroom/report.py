"""Saving the report of a class: the teacher's button, and the classes that were held on this machine."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import streamlit as st

from app import failures, state
from app.classroom import access
from app.words import count, plain
from core.classroom.report.past import past_classes, report_of
from core.classroom.visitors import Visitor
from core.classroom.workspaces import ClassWorkspaces

MOST = 20
WHAT = "Who was there, what was shown, every run of the exercises and the polls in one web page, with a replay. It opens offline."


def save_report(held: ClassWorkspaces, visitor: Visitor) -> None:
    """Draw the teacher's button that saves the report of this class as it is when it is pressed."""
    visitor.must_teach()
    _button("Save report", held.room.folder, held.home.home, held=held)


def held_before() -> None:
    """Draw the classes held on this machine, each with a button for its report; nothing where there was none."""
    home = state.workspace().home
    classes = past_classes(home)
    if not classes:
        return
    st.subheader("Classes so far", anchor=False)
    for one in classes[:MOST]:
        with st.container(horizontal=True, vertical_alignment="center"):
            when = time.strftime("%Y-%m-%d %H:%M", time.localtime(one.began)) if one.began else one.folder.name
            st.markdown(f"**{plain(when)}**", width="content")
            st.caption(f"{count(one.members, 'student')} · {'ended' if one.ended else 'not ended'}", width="content")
            _button("Open report", one.folder, home)


def _button(label: str, folder: Path, home: Path, held: ClassWorkspaces | None = None) -> None:
    with failures.guard():
        st.download_button(
            label,
            data=_maker(folder, home, held),
            file_name=f"class-{folder.name}.html",
            mime="text/html",
            icon=":material/summarize:",
            key=f"class.report.{folder.name}",
            on_click="ignore",
            help=WHAT,
        )


def _maker(folder: Path, home: Path, held: ClassWorkspaces | None) -> Callable[[], bytes]:
    """What makes the file when the button is pressed, outside of any page; in a class the cookie has to hold still then."""
    cookie = access.cookie() if held is not None else None

    def make() -> bytes:
        from app.classroom.report.page import report_html

        if held is not None:
            held.room.visitor(cookie).must_teach()
        return report_html(report_of(folder, home))

    return make
