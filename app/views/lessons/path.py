"""All lessons as cards, in the order of the path."""

from __future__ import annotations

import streamlit as st

from app import demo, navigation
from app.views.lessons import address
from core.lessons.catalogue import lessons
from core.lessons.schema import Lesson

COLUMNS = 3
HOW = {
    "race": ":material/flag: race",
    "runs": ":material/monitoring: runs",
    "live": ":material/tune: you change a live run",
}


def page() -> None:
    """Draw the cards and how far this session has come."""
    st.title("Lessons", anchor=False)
    st.caption(
        "Each lesson asks a question. You predict the answer, train real networks to find out, and read it off your own numbers. "
        "They build on each other, but any of them can be taken alone."
    )
    found = lessons()
    done = address.done()
    answered = sum(one.key in done for one in found)
    st.progress(answered / len(found), text=f"{answered} of {len(found)} answered in this browser session. A reload of the page begins a new one; what you trained stays under All runs and Race.")  # fmt: skip
    for begin in range(0, len(found), COLUMNS):
        for place, (column, one) in enumerate(zip(st.columns(COLUMNS), found[begin : begin + COLUMNS], strict=False)):
            with column, st.container(border=True, height="stretch", key=f"lesson.card.{one.key}"):
                _card(begin + place + 1, one, done.get(one.key))


def _card(number: int, lesson: Lesson, done: dict[str, bool] | None) -> None:
    st.markdown(f"**{number}. {lesson.title}**")
    st.markdown(lesson.asks)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(f":material/schedule: {lesson.minutes} min · {HOW[lesson.experiment.kind]}")
        if done is not None:
            st.badge("answered", icon=":material/check:", color="green")
            if done.get("exercise"):
                st.badge("exercise", icon=":material/check:", color="green")
    begun = address.under_way(lesson.key)
    to_lesson("Go on" if begun else "Open", lesson.key, f"lesson.open.{lesson.key}")


def to_lesson(label: str, key: str, name: str) -> None:
    """Draw a button to the lesson of that key: a link to the page that one is on would leave the address as it was."""
    if st.button(label, icon=":material/arrow_forward:", key=name):
        navigation.go("lessons", lesson=key)


def to_all(name: str) -> None:
    """Draw a button to all lessons."""
    if demo.on():
        return
    if st.button("All lessons", icon=":material/arrow_back:", key=name, type="tertiary"):
        navigation.go("lessons")


def neighbours(lesson: Lesson) -> None:
    """Links to all lessons and to the next one; none in a demo."""
    if demo.on():
        return
    found = lessons()
    place = next(i for i, one in enumerate(found) if one.key == lesson.key)
    with st.container(horizontal=True):
        to_all("lesson.all.below")
        if place + 1 < len(found):
            after = found[place + 1]
            to_lesson(f"Next: {after.title}", after.key, "lesson.next")
