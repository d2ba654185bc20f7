"""What a class adds to every page: who one is, following the teacher, showing to all, and being held."""

from __future__ import annotations

import time

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from app import failures, navigation, projector
from app.classroom import access
from app.classroom.stream import news_for
from app.components.class_link import class_link
from app.views.classroom import choices
from app.views.classroom.student import asked_of
from app.words import count, plain
from core.classroom.visitors import NOBODY, OWNER, Visitor
from core.classroom.workspaces import ClassWorkspaces

FOLLOW, SHOW, TAKEN, STOOD, LEFT = "class.follow", "class.show", "class.taken", "class.stood", "class.left"
ARRIVING_SECONDS = 3.0
"""In which a browser that is told to go elsewhere may still ask for the page it leaves."""
STARTS = ("home", "")
RUN_QUERIES = ("run", "race", "runs", "lanes")
"""Query parameters that name runs, alone or separated by commas."""
Place = tuple[str, dict[str, str]]


def attend() -> bool:
    """Draw what a class adds to this page; whether the page itself may be drawn."""
    held, visitor = access.the_class(), access.visitor()
    if held is None or visitor is OWNER:
        projector.leave()
        return True
    if visitor is NOBODY:
        st.title("Join the class", anchor=False)
        st.markdown("This server holds a class. [Join it](/join) with the code on the teacher's screen.")
        return False
    if visitor.teaches:
        _lead(held, visitor)
    else:
        _follow(held, visitor)
        if held.room.state.frozen:
            st.title("Eyes to the front", anchor=False)
            st.subheader(
                ":material/front_hand: The teacher holds all screens for a moment. What trains goes on.", anchor=False
            )
            return False
    return True


def attended() -> None:
    """Once the page is drawn, and its address is complete: show it to all, or remember where the student stands."""
    held, visitor = access.the_class(), access.visitor()
    if held is None or not (visitor.teaches or visitor.learns):
        return
    here, query = place = _place()
    if visitor.teaches:
        if st.session_state.get(SHOW) and here != "class":  # the page with which the class is led is the teacher's own
            held.room.show(visitor, here, query, runs_in(query), choices.made(here))
    else:
        st.session_state[STOOD] = place
        held.room.keep_place(visitor, here, query)


def _place() -> Place:
    """The page that is drawn, with its query."""
    return str(st.session_state[navigation.HERE]), projector.without(dict(st.query_params))


def _lead(held: ClassWorkspaces, visitor: Visitor) -> None:
    """The teacher's side: a switch that shows this page to all, wherever it goes."""
    room = held.room
    with _bar():
        st.caption(f":material/school: {count(len(room.state.present), 'student')}", width="content")
        shows = st.toggle(
            "Show my page to all",
            value=room.state.shown is not None,
            key=SHOW,
            help="All students see the page that you are on, and the zoom of its charts, unless they went off by themselves. "
            "The Class page stays yours.",
        )
        points = st.toggle(
            "Pointer", key="class.pointer", disabled=not shows,
            help="A ring shows on all screens what your mouse is at in a chart. Holding Alt does the same for a moment.",
        )  # fmt: skip
        frozen = st.toggle("Hold all screens", value=room.state.frozen, key="class.freeze", help="What trains goes on.")
        projector.switch()
    with failures.guard():  # on a full disk the page goes on
        room.freeze(visitor, frozen)
        if not shows:
            room.hide(visitor)
    class_link(news_for(visitor, room.state), place=_named(_place()), leads=shows, follows=False, points=points)


def _follow(held: ClassWorkspaces, visitor: Visitor) -> None:
    """The student's side: go where the teacher is, unless one went off; come back to where one was."""
    room, shown, place = held.room, held.room.state.shown, _place()
    follows = shown is not None and st.session_state.get(FOLLOW, True)
    if shown is not None and follows:
        wanted, stood = (shown.page, dict(shown.query)), st.session_state.get(STOOD)
        news = st.session_state.get(TAKEN) != wanted
        if news:
            st.session_state[TAKEN], st.session_state[LEFT] = wanted, (place, time.monotonic())
        if place != wanted and (news or (place != stood and _just_left(place))):
            choices.take(shown.page, shown.choices)
            st.session_state[STOOD] = wanted
            navigation.go(shown.page, **shown.query)
        if place not in (wanted, stood):  # they went off by themselves
            follows = st.session_state[FOLLOW] = False
        if follows:
            choices.take(shown.page, shown.choices)
    with _bar():
        st.caption(f":material/person: {plain(visitor.nickname)}", width="content")
        if shown is not None and follows:
            st.caption(
                ":material/co_present: You follow the teacher.",
                width="content",
                help="Go anywhere to look around yourself; a button here brings you back.",
            )
        elif shown is not None and st.button(
            "Follow the teacher",
            icon=":material/co_present:",
            type="secondary"
            if place[0] == "class"
            else "primary",  # beside an exercise, Train is what is to be pressed
        ):
            st.session_state[FOLLOW] = True
            st.session_state.pop(TAKEN, None)
            choices.forget()
            st.rerun()
        if place[0] != "class" and (asked := asked_of(room.state, visitor)):
            navigation.link("class", plain(asked), icon="notifications")
        projector.leave()
    if not st.session_state.get("class.seated"):
        st.session_state["class.seated"] = True
        last = room.place(visitor)
        here, query = place
        if not follows and last and here in STARTS and not query and last.get("page") in navigation.BY_KEY:
            navigation.go(last["page"], **last.get("query", {}))
    class_link(news_for(visitor, room.state), place=_named(place), leads=False, follows=follows)


def _just_left(place: Place) -> bool:
    """Whether this run of the script was asked for before the browser had gone from `place` to where the teacher is."""
    left, moment = st.session_state[LEFT]
    return bool(left == place and time.monotonic() - moment < ARRIVING_SECONDS)


def _named(place: Place) -> str:
    return f"{place[0]}?{sorted(place[1].items())}"


def _bar() -> DeltaGenerator:
    """A row above the page, in sight on a phone as well."""
    return st.container(horizontal=True, vertical_alignment="center", key="class_bar", gap="medium")


def runs_in(query: dict[str, str]) -> list[str]:
    """Ids of the runs that an address names."""
    return [run.strip() for name in RUN_QUERIES for run in query.get(name, "").split(",") if run.strip()]
