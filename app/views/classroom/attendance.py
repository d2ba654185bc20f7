"""What a class adds to every page: who one is, following the teacher, showing to all, and being held."""

from __future__ import annotations

import time
from typing import Literal

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from app import failures, navigation, projector
from app.classroom import access
from app.classroom.news import news_for, redraws
from app.components.class_link import class_link
from app.live.assets import base_path
from app.views.classroom import choices, leading
from app.views.classroom.student import asked_of
from app.words import count, plain
from core.classroom.events import ClassState, Shown
from core.classroom.room import Classroom
from core.classroom.visitors import NOBODY, OWNER, Visitor
from core.classroom.workspaces import ClassWorkspaces

FOLLOW, TAKEN, STOOD, LEFT = "class.follow", "class.taken", "class.stood", "class.left"
SEATED = "class.seated"
ARRIVING_SECONDS = 3.0
"""In which a browser that is told to go elsewhere may still ask for the page it leaves."""
STARTS = ("home", "")


def attend() -> bool:
    """Draw what a class adds to this page; whether the page itself may be drawn."""
    held, visitor = access.the_class(), access.visitor()
    if held is None or visitor is OWNER:
        projector.leave()
        return True
    if visitor is NOBODY:
        st.title("Join the class", anchor=False)
        st.markdown(f"This server holds a class. [Join it]({base_path()}/join) with the code on the teacher's screen.")
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
    if visitor.teaches:
        leading.show()
    else:
        st.session_state[STOOD] = here, query = leading.place()
        held.room.keep_place(visitor, here, query, away=not st.session_state.get(FOLLOW, True))


def _lead(held: ClassWorkspaces, visitor: Visitor) -> None:
    """The teacher's side: a switch that shows this page to all, wherever it goes."""
    room = held.room
    with _bar():
        st.caption(f":material/school: {count(len(room.state.present), 'student')}", width="content")
        shown, here = room.state.shown, leading.place()[0]
        if shown is not None and here == leading.OWN and shown.page in navigation.BY_KEY:
            st.caption(f":material/co_present: They see {navigation.BY_KEY[shown.page].title}", width="content")
        shows = st.toggle(
            "Show my page to all",
            value=room.state.shown is not None,
            key=leading.SHOW,
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
    _tie(held, visitor, room.state, leads=shows, follows=False, points=points)


def _goes_along(shown: Shown) -> bool:
    """Go where the teacher is; False for somebody who went off by themselves."""
    if not st.session_state.get(FOLLOW, True):
        return False
    place, wanted, stood = leading.place(), (shown.page, dict(shown.query)), st.session_state.get(STOOD)
    news = st.session_state.get(TAKEN) != wanted
    if news:
        st.session_state[TAKEN], st.session_state[LEFT] = wanted, (place, time.monotonic())
    if place != wanted and (news or (place != stood and _just_left(place))):
        choices.take(shown.page, shown.choices)
        st.session_state[STOOD] = wanted
        navigation.go(shown.page, **shown.query)
    if place not in (wanted, stood):  # they went off by themselves
        st.session_state[FOLLOW] = False
        return False
    return True


def _just_left(place: leading.Place) -> bool:
    """Whether this run of the script was asked for before the browser had gone from `place` to where the teacher is."""
    left, when = st.session_state.get(LEFT, (None, 0.0))
    return left == place and time.monotonic() - when < ARRIVING_SECONDS


def _follow(held: ClassWorkspaces, visitor: Visitor) -> None:
    """The student's side: go where the teacher is, unless one went off; come back to where one was."""
    room, state = held.room, held.room.state
    shown = state.shown
    if not st.session_state.get(SEATED):
        _sit_down(room, visitor)
    if shown is None:
        st.session_state[FOLLOW] = True  # what is shown next is shown to all
    follows = shown is not None and _goes_along(shown)
    if shown is not None and follows:
        choices.take(shown.page, shown.choices)
    place = leading.place()
    weight: Literal["primary", "secondary"] = (
        "secondary" if place[0] == "class" else "primary"
    )  # beside Train, not more than it
    with _bar():
        st.caption(f":material/person: {plain(visitor.nickname)}", width="content")
        if shown is not None and follows:
            st.caption(
                ":material/co_present: You follow the teacher.",
                width="content",
                help="Go anywhere to look around yourself; a button here brings you back.",
            )
        elif shown is not None and st.button("Follow the teacher", icon=":material/co_present:", type=weight):
            st.session_state[FOLLOW] = True
            st.session_state.pop(TAKEN, None)
            choices.forget()
            st.rerun()
        if place[0] != "class" and (asked := asked_of(room.state, visitor)):
            navigation.link("class", plain(asked), icon="notifications")
        projector.leave()
    _tie(held, visitor, state, leads=False, follows=follows)


def _sit_down(room: Classroom, visitor: Visitor) -> None:
    """A student comes, or comes back: to where they were, and gone off by themselves if they were."""
    st.session_state[SEATED] = True
    last, (here, query) = room.place(visitor), leading.place()
    st.session_state[FOLLOW] = follows = not last.get("away", False)
    if not (follows and room.state.shown) and here in STARTS and not query and last.get("page") in navigation.BY_KEY:
        navigation.go(last["page"], **last.get("query", {}))


def _tie(
    held: ClassWorkspaces, visitor: Visitor, drawn: ClassState, *, leads: bool, follows: bool, points: bool = False
) -> None:
    """Tie the page, which is drawn from the state `drawn`, to its class.

    News comes to this fragment alone: whom it does not concern goes on undisturbed, and whoever has to go elsewhere goes at
    once, without the page that is left being drawn for it. News waits while the page itself is drawn: drawing it anew would
    break off what was just pressed on it.
    """
    here, query = leading.place()
    itself = iter([drawn])

    def look() -> None:
        now = next(itself, None) or held.room.state
        anew = redraws(visitor, drawn, now, leading.runs_in(leading.place()[1]))
        if follows and now.shown:
            anew = not _goes_along(now.shown) or choices.take(now.shown.page, now.shown.choices) or anew
        if anew:
            st.rerun()
        class_link(
            news_for(visitor, now), place=f"{here}?{sorted(query.items())}", leads=leads, follows=follows, points=points
        )

    st.fragment(look)()


def _bar() -> DeltaGenerator:
    """A row above the page, in sight on a phone as well."""
    return st.container(horizontal=True, vertical_alignment="center", key="class_bar", gap="medium")
