"""A student's Class page: the poll, the exercise with what may be changed in it, one's own runs of it, the leaderboard."""

from __future__ import annotations

from textwrap import shorten
from typing import Any

import streamlit as st

from app import failures, navigation, state, theme
from app.components.live_charts import live_charts, news
from app.forms import draft as drafts
from app.forms.checks import check
from app.forms.draft import Draft
from app.forms.recipe_form import recipe_form
from app.views.classroom.labels import fault_name, matter_label, setting_label
from app.views.classroom.polls import students_poll
from app.views.classroom.wall import students_board
from app.views.train import faults
from app.words import ago, metric, number, plain
from core.classroom.events import ClassState, Exercise
from core.classroom.locks import fault_put_in, kept_back, locked_changes, opened
from core.classroom.standings import Standing, numbers_of, standings_of
from core.classroom.visitors import Visitor
from core.classroom.workspaces import ClassWorkspaces
from core.errors import UnknownRun
from core.recipe.paths import is_open
from core.runtime.queue import Queue
from core.store.status import run_status

PANELS = ("loss", "metric")
MOST_LINES = 12
MOST_WORDS = 60
"""Characters of a question in the bar of the other pages."""


def page(held: ClassWorkspaces, visitor: Visitor) -> None:
    """Draw the page."""
    room = held.room
    st.title("Class", anchor=False)
    if room.state.ended:
        st.info("The class has ended. Your runs are still here.", icon=":material/event_available:")
    poll, exercise = room.state.poll, next(reversed(room.state.exercises.values()), None)
    settled = bool(poll and poll.revealed and exercise and exercise.given > poll.asked)
    if not settled:
        with failures.guard():
            students_poll(room, visitor)
    if exercise is not None:
        with failures.guard():
            _exercise(held, visitor, exercise)
    if settled:
        with failures.guard():
            students_poll(room, visitor)
    if exercise is None and poll is None:
        st.caption("Nothing is asked of you just now. What the teacher gives to all of you appears here by itself.")
        with st.container(horizontal=True):
            navigation.link("lessons")
            navigation.link("train")
    with failures.guard():
        students_board(held, visitor)


def asked_of(state: ClassState, visitor: Visitor) -> str:
    """What waits for a student on this page, in a few words; nothing when nothing does."""
    poll, exercise = state.poll, state.exercise
    if poll is not None and not poll.revealed and visitor.id not in poll.votes:
        return f"A question: {shorten(poll.question, MOST_WORDS, placeholder=' …')}"
    mine = [one for one in state.runs if one.who == visitor.id and exercise and one.exercise == exercise.id]
    return f"Exercise: {exercise.title}" if exercise is not None and not mine else ""


def _exercise(held: ClassWorkspaces, visitor: Visitor, exercise: Exercise) -> None:
    st.subheader(f":material/assignment: {plain(exercise.title)}", anchor=False)
    if exercise.task:
        st.markdown(plain(exercise.task))
    elif exercise.open and not exercise.closed:
        st.markdown("Train it as it is and look at what happens. Then change something and train it again.")
    if exercise.closed:
        st.info("This exercise is over. Your runs of it stay.", icon=":material/assignment_turned_in:")
    if (fault := fault_put_in(exercise)) and not kept_back(held.room.state):
        st.info(f"The fault in its training loop: **{plain(fault_name(fault))}**.", icon=":material/build:")
    found = standings_of(held).of_member(exercise, visitor.id)
    open_now = not (exercise.closed or held.room.state.ended)
    if not open_now:
        _runs(held, visitor, exercise, found)
        return
    held.hand_out(exercise, visitor)
    left, right = st.columns(2, gap="medium")
    with left:
        _form(exercise)
    with right:
        _runs(held, visitor, exercise, found)


def _draft(exercise: Exercise) -> tuple[Draft, str]:
    """This session's copy of the exercise, and the version that is part of its inputs' keys."""
    key = f"class.copy.{exercise.id}"
    kept = st.session_state.setdefault(key, {"draft": drafts.draft_of(dict(exercise.recipe)), "times": 0})
    return kept["draft"], f"{exercise.id}.{kept['times']}"


def _form(exercise: Exercise) -> None:
    draft, version = _draft(exercise)
    if exercise.open:
        recipe_form(draft, version, open_=exercise.open, given=exercise.recipe)
    else:
        st.caption("Nothing can be changed here: train it as it is, and find out what happens.")
    document = {**drafts.document_of(draft), "name": exercise.title}
    with st.container(horizontal=True):
        pressed = state.lasting_button("Train", type="primary", icon=":material/play_arrow:", key="class.train")
        if exercise.open and st.button(
            "Start over", icon=":material/restart_alt:", help="Back to what the teacher gave."
        ):
            times = st.session_state.pop(f"class.copy.{exercise.id}")["times"] + 1
            st.session_state[f"class.copy.{exercise.id}"] = {
                "draft": drafts.draft_of(dict(exercise.recipe)),
                "times": times,
            }
            st.rerun()
    with failures.guard():
        if pressed:
            _train(exercise, document)
    if pressed:
        state.forget_press()


def _train(exercise: Exercise, document: dict[str, Any]) -> None:
    from core.runtime import jobs

    found = check(document)
    faults(found)
    if found.faults or found.recipe is None:
        return
    if changed := locked_changes(exercise, document):
        st.warning(
            f"What you chose needs other settings that are locked ({', '.join(map(setting_label, changed[:3]))}), so this would be "
            "no copy of the exercise.",
            icon=":material/lock:",
        )
        return
    jobs.start(state.workspace(), found.recipe, key=state.press_key(document))
    state.use_press()
    st.rerun()


def _runs(held: ClassWorkspaces, visitor: Visitor, exercise: Exercise, found: list[Standing]) -> None:
    if not found:
        st.caption("Your runs of this exercise appear here. The teacher sees them on the wall.")
        _not_counted(held, visitor, exercise)
        return
    newest = found[0]
    places = _places(held) if any(one.status == "queued" for one in found) else {}
    changed = live_charts([newest.run], key=f"class.live.{newest.run}", panels=PANELS, panel_height=190)
    _matter(newest)
    st.markdown("**Your runs of this exercise**")
    for one in found[:MOST_LINES]:
        _line(one, exercise, places)
    if len(found) > MOST_LINES:
        navigation.link("runs", f"{len(found) - MOST_LINES} more under All runs")
    _not_counted(held, visitor, exercise)
    told = getattr(changed, "status", None)
    if told and told != _news(newest.run):
        st.rerun()


def _news(run: str) -> str:
    try:
        return news(run_status(state.workspace().run(run)))
    except UnknownRun:
        return ""


def _places(held: ClassWorkspaces) -> dict[str, int]:
    """The place in the queue of every run that waits, from 1."""
    waiting = Queue(held.home.queue_folder).waiting()
    return {one.run_id: place for place, one in enumerate(waiting, start=1)}


def _matter(newest: Standing) -> None:
    if newest.finding:
        st.warning(
            f"**{plain(matter_label(newest.finding))}.** {plain(newest.sentence)}", icon=":material/stethoscope:"
        )
    if newest.altered:
        names = ", ".join(plain(setting_label(path)) for path in newest.altered)
        st.caption(
            f":material/lock: {names} was changed while it trained, though it is locked: this run is not ranked."
        )


def _line(one: Standing, exercise: Exercise, places: dict[str, int]) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        theme.status_badge(one.status)
        navigation.link("run", _told(one, exercise), icon="monitoring", run=one.run)
        said = [ago(one.started)]
        if one.score is not None:
            said.insert(0, f"{metric(one.metric)} {plain(number(one.score))}")
        if one.run in places:
            said.insert(0, f"place {places[one.run]} of {len(places)} in the queue")
        if one.finding:
            said.append(plain(matter_label(one.finding)))
        st.caption(" · ".join(said))


def _told(one: Standing, exercise: Exercise) -> str:
    """What a run has other than the exercise, in words."""
    given = numbers_of(exercise.recipe)
    other = [
        f"{setting_label(path).rpartition(': ')[2]} {number(int(value) if value == int(value) else value)}"
        for path, value in one.settings.items()
        if given.get(path) != value and is_open(path, opened(exercise))
    ]
    return plain(", ".join(other[:4]) or "as given")


def _not_counted(held: ClassWorkspaces, visitor: Visitor, exercise: Exercise) -> None:
    runs = held.room.state.runs
    others = [one for one in runs if one.who == visitor.id and not one.exercise and one.time > exercise.given]
    if others:
        st.caption(
            f":material/lock: {len(others)} of your other runs since then changed something that is locked, or were made for "
            "something else: they are yours alone and not on the wall."
        )
