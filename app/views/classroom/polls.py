"""Polls: the teacher asks and sees how many answered what; the students answer, and see it all once it is revealed."""

from __future__ import annotations

import itertools

import streamlit as st

from app import failures, state
from app.words import count, percent, plain
from core.classroom.asking import LONGEST_TEXT, MOST_OPTIONS
from core.classroom.events import Poll
from core.classroom.room import Classroom
from core.classroom.visitors import Visitor
from core.classroom.workspaces import ClassWorkspaces
from core.errors import ClinicError
from core.race.recipe import parse_race

REFRESH = "2s"
FREE, RACE = "A question", "Which lane wins?"
MOST_RACES = 30
UNKNOWN = "not known yet"


def teachers_polls(held: ClassWorkspaces, visitor: Visitor) -> None:
    """Draw the newest poll with its live count, the form for another, and the earlier ones."""
    room = held.room
    if room.state.poll is not None:
        st.fragment(_live, run_every=REFRESH)(room, visitor, room.state.poll.id)
    st.subheader("Ask another" if room.state.polls else "Ask", anchor=False)
    _form(held, visitor)
    earlier = list(room.state.polls.values())[:-1]
    if earlier:
        with st.expander(f"Earlier polls ({len(earlier)})"):
            for poll in reversed(earlier):
                st.markdown(f"**{plain(poll.question)}**")
                bars(poll, None)


def _live(room: Classroom, visitor: Visitor, key: str) -> None:
    poll, voters = room.state.polls[key], len(room.state.present)
    with st.container(border=True):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"**:material/how_to_vote: {plain(poll.question)}**", width="stretch")
            if poll.revealed:
                st.badge("revealed", icon=":material/visibility:", color="green")
            elif st.button("Reveal to all", icon=":material/visibility:", type="primary", key=f"class.reveal.{key}"):
                with failures.guard():
                    room.reveal(visitor, key)
                st.rerun()
        _name_right(room, visitor, poll)
        if poll.revealed:
            bars(poll, None)
        else:
            shown = st.toggle("Show how many chose each", key=f"class.counts.{key}",
                              help="Off, so that a projected page gives nothing away.")  # fmt: skip
            st.progress(min(len(poll.votes) / max(voters, 1), 1.0), text=f"{len(poll.votes)} of {voters} have answered")
            if shown:
                bars(poll, None)


def _name_right(room: Classroom, visitor: Visitor, poll: Poll) -> None:
    """The choice of the right answer, which a projected page does not show before all is revealed."""
    label = "Right answer" if poll.right is None else "Right answer (named)"
    with st.container() if poll.revealed else st.popover(label, icon=":material/key:"):
        named = st.selectbox(
            "Right answer", [None, *range(len(poll.options))], index=0 if poll.right is None else poll.right + 1,
            key=f"class.right.{poll.id}.{poll.right}", format_func=lambda at: UNKNOWN if at is None else poll.options[at],
            help="Students see it once all answers are shown, with how many were right.", width=320, placeholder=UNKNOWN,
        )  # fmt: skip
    if named != poll.right:
        with failures.guard():
            room.name_right(visitor, poll.id, named)
            st.rerun()


def bars(poll: Poll, own: int | None) -> None:
    """Draw how many chose each answer; the right one and one's `own` are marked."""
    given = len(poll.votes)
    for place, (option, votes) in enumerate(zip(poll.options, poll.counts(), strict=True)):
        marks = []
        if place == poll.right:
            marks.append(":green-badge[:material/check: right]")
        if place == own:
            marks.append(":blue-badge[:material/person: your answer]")
        share = votes / given if given else 0.0
        st.progress(share, text=" ".join([f"**{plain(option)}** · {votes} ({plain(percent(share, 0))})", *marks]))


def _form(held: ClassWorkspaces, visitor: Visitor) -> None:
    room = held.room
    place = f"class.ask.{len(room.state.polls)}"  # an empty form after each poll
    kind = st.segmented_control(
        "Kind of question", [FREE, RACE], default=FREE, key=f"{place}.kind", required=True, label_visibility="collapsed"
    )
    question, options = _lanes(held, place) if kind == RACE else _free(place)
    if kind == RACE and not options:
        return
    right = st.selectbox(
        "Right answer", [None, *range(len(options))], key=f"{place}.right.{hash(tuple(options))}",
        format_func=lambda at: UNKNOWN if at is None else options[at],
        help="Marked when it is revealed. Nobody sees it before.", placeholder=UNKNOWN,
    )  # fmt: skip
    if st.button(
        "Ask all", icon=":material/how_to_vote:", type="primary", key=f"{place}.send", disabled=room.state.ended
    ):
        with failures.guard():
            room.ask(visitor, question, options, right)
            state.notify("toast", "The question is on the students' Class page now.")
            st.rerun()


def _free(place: str) -> tuple[str, list[str]]:
    question = st.text_input(
        "Question",
        max_chars=300,
        key=f"{place}.question",
        placeholder="Which optimizer will be ahead after five epochs?",
    )
    typed = st.text_area(
        f"Answers, one a line (2 to {MOST_OPTIONS})",
        key=f"{place}.options",
        placeholder="SGD\nAdam",
        max_chars=LONGEST_TEXT,
        height=130,
    )
    return question, [line.strip() for line in typed.splitlines() if line.strip()]


def _lanes(held: ClassWorkspaces, place: str) -> tuple[str, list[str]]:
    """The question and the lanes of one of the teacher's races."""
    races = {}
    for race in itertools.islice(held.home.races(), MOST_RACES):
        try:
            races[race.id] = parse_race(race.document())
        except ClinicError:
            continue
    if not races:
        st.info(
            "You have no race yet. Start one on the Race page; it may go on while the class answers.",
            icon=":material/flag:",
        )
        return "", []
    key = st.selectbox("Race", list(races), format_func=lambda one: races[one].name, key=f"{place}.race")
    found = races[key]
    question = st.text_input(
        "Question", value=f"{found.name}: which lane wins?"[:300], max_chars=300, key=f"{place}.question.{key}"
    )
    if len(found.lanes) > MOST_OPTIONS:
        st.caption(f"The race has {len(found.lanes)} lanes; the first {MOST_OPTIONS} are the answers.")
    return question, [lane.name for lane in found.lanes[:MOST_OPTIONS]]


def students_poll(room: Classroom, visitor: Visitor) -> None:
    """Draw the newest poll: to be answered, or what all answered."""
    poll = room.state.poll
    if poll is None:
        return
    own = poll.votes.get(visitor.id)
    with st.container(border=True):
        st.markdown(f"**:material/how_to_vote: {plain(poll.question)}**")
        if poll.revealed:
            bars(poll, own)
            _told(poll, own)
            return
        picked = st.radio(
            "Your answer", range(len(poll.options)), index=own, key=f"class.vote.{poll.id}",
            format_func=lambda at: plain(poll.options[at]), label_visibility="collapsed",
        )  # fmt: skip
        if picked is not None and picked != own:
            with failures.guard():
                room.vote(visitor, poll.id, picked)
                own = picked
        st.caption(
            "Choose one; all answers are shown together later."
            if own is None
            else ":material/check: Your answer is in. You can change it until all answers are shown."
        )


def _told(poll: Poll, own: int | None) -> None:
    given = count(len(poll.votes), "answer")
    if own is None:
        right = "" if poll.right is None else f", {poll.were_right} right"
        st.caption(f"{given}{right}; you gave none.")
    elif poll.right is None:
        st.caption(f"{given}.")
    else:
        st.caption(
            f"{given}, {poll.were_right} right. "
            + ("You were right." if own == poll.right else "Yours was another one than the right one.")
        )
