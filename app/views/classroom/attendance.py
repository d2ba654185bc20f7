"""What a class adds to every page: who one is, following the teacher, showing to all, and being held."""

from __future__ import annotations

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from app import failures, navigation
from app.classroom import access
from app.classroom.stream import news_for
from app.components.class_link import class_link
from app.views.classroom.student import asked_of
from app.words import count, plain
from core.classroom.visitors import NOBODY, OWNER, Visitor
from core.classroom.workspaces import ClassWorkspaces

FOLLOW, SHOW = "class.follow", "class.show"
STARTS = ("home", "")
RUN_QUERIES = ("run", "race", "runs", "lanes")
"""Query parameters that name runs, alone or separated by commas."""


def attend() -> bool:
    """Draw what a class adds to this page; whether the page itself may be drawn."""
    held, visitor = access.the_class(), access.visitor()
    if held is None or visitor is OWNER:
        return True
    if visitor is NOBODY:
        st.title("Join the class", anchor=False)
        st.markdown("This server holds a class. [Join it](/join) with the code on the teacher's screen.")
        return False
    here, query = str(st.session_state[navigation.HERE]), dict(st.query_params)
    if visitor.teaches:
        _lead(held, visitor, here, query)
    else:
        _follow(held, visitor, here, query)
        if held.room.state.frozen:
            st.title("Eyes to the front", anchor=False)
            st.markdown("### :material/front_hand: The teacher holds all screens for a moment. What trains goes on.")
            return False
    return True


def _lead(held: ClassWorkspaces, visitor: Visitor, here: str, query: dict[str, str]) -> None:
    """The teacher's side: a switch that shows this page to all, wherever it goes."""
    room = held.room
    with _bar():
        st.caption(f":material/school: {count(len(room.state.present), 'student')}", width="content")
        shows = st.toggle(
            "Show my page to all",
            value=room.state.shown is not None,
            key=SHOW,
            help="All students see the page that you are on, and the zoom of its charts, unless they went off by themselves.",
        )
        frozen = st.toggle("Hold all screens", value=room.state.frozen, key="class.freeze", help="What trains goes on.")
    with failures.guard():  # on a full disk the page goes on
        room.freeze(visitor, frozen)
        if not shows:
            room.hide(visitor)
        elif here != "class":  # the page with which the class is led is the teacher's own
            room.show(visitor, here, query, runs_in(query))
    class_link(news_for(visitor, room.state), place=f"{here}?{sorted(query.items())}", leads=shows, follows=False)


def _follow(held: ClassWorkspaces, visitor: Visitor, here: str, query: dict[str, str]) -> None:
    """The student's side: go where the teacher is, unless one went off; come back to where one was."""
    room, shown = held.room, held.room.state.shown
    follows = shown is not None and st.session_state.get(FOLLOW, True)
    if shown is not None and follows:
        place = (shown.page, dict(shown.query))
        taken = st.session_state.get("class.taken")
        if taken != place:  # news: go there
            st.session_state["class.taken"] = place
            if (here, query) != place:
                navigation.go(shown.page, **shown.query)
        elif (here, query) != place:  # they went off by themselves
            follows = st.session_state[FOLLOW] = False
    with _bar():
        st.caption(f":material/person: {plain(visitor.nickname)}", width="content")
        if shown is not None and follows:
            st.caption(
                ":material/co_present: You follow the teacher. Go anywhere to look around yourself.", width="content"
            )
        elif shown is not None and st.button("Follow the teacher", icon=":material/co_present:", type="primary"):
            st.session_state[FOLLOW] = True
            st.session_state.pop("class.taken", None)
            st.rerun()
        if here != "class" and (asked := asked_of(room.state, visitor)):
            navigation.link("class", plain(asked), icon="notifications")
    if not st.session_state.get("class.seated"):
        st.session_state["class.seated"] = True
        last = room.place(visitor)
        if not follows and last and here in STARTS and not query and last.get("page") in navigation.BY_KEY:
            navigation.go(last["page"], **last.get("query", {}))
    room.keep_place(visitor, here, query)
    class_link(news_for(visitor, room.state), place=f"{here}?{sorted(query.items())}", leads=False, follows=follows)


def _bar() -> DeltaGenerator:
    """A row above the page, in sight on a phone as well."""
    return st.container(horizontal=True, vertical_alignment="center", key="class_bar", gap="medium")


def runs_in(query: dict[str, str]) -> list[str]:
    """Ids of the runs that an address names."""
    return [run.strip() for name in RUN_QUERIES for run in query.get(name, "").split(",") if run.strip()]
