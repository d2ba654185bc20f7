"""One lesson as numbered steps: question, prediction, experiment, charts, answer, exercise."""

from __future__ import annotations

import streamlit as st

from app import failures
from app.views.lessons import address, answer, exercise, experiment
from app.views.lessons.address import Place
from app.views.lessons.path import neighbours, to_all
from app.words import count
from core.lessons.schema import SEEDS, Lesson


def page(lesson: Lesson) -> None:
    """Draw the lesson as far as the visitor has come."""
    place = address.place(lesson)
    st.title(lesson.title, anchor=False)
    to_all("lesson.all")
    _heading(1, "The question")
    st.markdown(f"**{lesson.asks}**")
    st.markdown(lesson.background)
    _heading(2, "Your prediction")
    _predict(lesson, place)
    _heading(3, "The experiment")
    if not place.guess:
        st.caption("Commit to a prediction first: then the result can surprise you.")
        return
    _experiment(lesson, place)


def _heading(number: int, title: str) -> None:
    st.subheader(f"{number}. {title}", anchor=False, divider="gray")


def _predict(lesson: Lesson, place: Place) -> None:
    prediction = lesson.prediction
    st.markdown(prediction.asks)
    if place.guess:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f":material/lock: You predict: **{prediction.options[place.guess - 1]}**")
            if not place.started and st.button("Change it", type="tertiary", key="lesson.change"):
                address.go_on(lesson, address.committed(place, 0))
        return
    options = range(1, len(prediction.options) + 1)
    chosen = st.radio(
        "Your prediction", options, index=None, format_func=lambda one: prediction.options[one - 1],
        key=f"lesson.guess.{lesson.key}", label_visibility="collapsed",
    )  # fmt: skip
    pressed = st.button(
        "Commit to it", type="primary", icon=":material/lock:", key="lesson.commit", disabled=chosen is None
    )
    if pressed and chosen:
        address.go_on(lesson, address.committed(place, chosen))


def _experiment(lesson: Lesson, place: Place) -> None:
    if not place.started:
        st.markdown(_what_is_trained(lesson))
        if st.button("Train it", type="primary", icon=":material/play_arrow:", key="lesson.start"):
            experiment.start(lesson, place, lesson.experiment.base.seed)
        return
    runs = experiment.runs_of(place)
    if not runs:
        st.info("What was trained for this lesson is no longer in this workspace.", icon=":material/search_off:")
        if st.button("Start the lesson over", icon=":material/restart_alt:", key="lesson.over"):
            address.start_over(lesson)
        return
    with failures.guard():
        experiment.show(lesson, runs)
    _heading(4, "What the charts show")
    titles = lesson.panels()
    st.markdown("\n".join(f"- **{titles[panel]}.** {see}" for panel, see in lesson.watch))
    _heading(5, "The answer, in your numbers")
    if not experiment.over(runs):
        early = " Two epochs after the change you may stop the run." if lesson.experiment.kind == "live" else ""
        st.info(f"It comes when training is over. Watch the charts meanwhile.{early}", icon=":material/hourglass:")
        return
    with failures.guard():
        answer.show(lesson, place, runs)
    with st.container(horizontal=True):
        if st.button("Again, with other seeds" if len(runs) == 1 and lesson.experiment.kind == "race" else "Again, with another seed",
                     icon=":material/replay:", key="lesson.again"):  # fmt: skip
            experiment.start(lesson, place, experiment.next_seed(lesson, runs))
        if st.button("Start the lesson over", icon=":material/restart_alt:", type="tertiary", key="lesson.over"):
            address.start_over(lesson)
    _heading(6, "Your turn")
    with failures.guard():
        exercise.show(lesson)
    neighbours(lesson)


def _what_is_trained(lesson: Lesson) -> str:
    """The experiment in words, before it starts."""
    found = lesson.experiment
    names = ", ".join(f"**{name}**" for name in lesson.arm_names)
    if found.kind == "race":
        return (
            f"A race of {count(len(found.arms), 'lane')}: {names}. Each runs with {SEEDS} seeds, from equal weights where the network is "
            "the same and on equal batches, in a process of its own."
        )
    if found.kind == "live":
        return "One run. You change a setting while it trains: the button for it comes with the charts."
    return f"{count(len(found.arms), 'run')}, one after the other or side by side, with the same seed: {names}."
