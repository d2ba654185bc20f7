"""The page "Loss surfaces": optimizers on surfaces that can be seen, and the loss around a trained network."""

from __future__ import annotations

import streamlit as st

from app import demo, failures, state
from app.inspector import inspector
from app.views.surfaces import network, settings, stage
from app.words import plain
from core.surfaces.lessons import BY_KEY, LESSONS

CLASSIC, NETWORK = "Classic surfaces", "A network's loss"


def page() -> None:
    """Draw the page."""
    inspector().warm_up()
    st.title("Loss surfaces")
    if not demo.on():
        st.caption(
            "PyTorch's own optimizers walk over surfaces that you can see. Choose a lesson, or a surface and optimizers of your own; "
            "the address of this page holds it all, to be shared."
        )
    view = NETWORK if state.query("run") else CLASSIC
    if not demo.on():
        view = st.segmented_control(
            "What to look at",
            [CLASSIC, NETWORK],
            default=NETWORK if state.query("run") else CLASSIC,
            key="surfaces.view",
            label_visibility="collapsed",
            required=True,
        )
    with failures.guard():
        if view == NETWORK:
            network.view()
        else:
            _classic()


def _classic() -> None:
    scene = settings.current()
    lesson = next((one.key for one in LESSONS if one.scene == scene), None)
    if not demo.on():
        st.session_state["surfaces.lesson"] = lesson
        st.pills(
            "Lessons",
            list(BY_KEY),
            format_func=lambda key: BY_KEY[key].label,
            key="surfaces.lesson",
            on_change=_take_lesson,
        )
    if lesson:
        st.info(plain(BY_KEY[lesson].look_for), icon=":material/visibility:")
    if demo.on():
        stage.perform(scene)
        return
    picture, form = st.columns([5, 2], gap="large")
    with form:
        scene = settings.form(scene)
    with picture:
        stage.perform(scene)


def _take_lesson() -> None:
    chosen = st.session_state["surfaces.lesson"]
    if chosen:
        settings.replace(BY_KEY[chosen].scene)
