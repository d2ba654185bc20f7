"""Giving an exercise: where its recipe comes from, what is to be done, and what the students may change."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from app import failures, state
from app.views.classroom.labels import FAULT, fault_name, locked_words, open_choices, setting_label
from app.words import ago, plain
from core.classroom.asking import LONGEST_TEXT
from core.classroom.events import Exercise
from core.classroom.locks import NO_FAULT, fault_put_in
from core.classroom.visitors import Visitor
from core.classroom.workspaces import ClassWorkspaces
from core.diagnosis.catalogue import RULES
from core.diagnosis.examples import EXAMPLES, example
from core.errors import ClinicError
from core.recipe.codec import parse_recipe, to_document
from core.recipe.loop_parts import TrainPart
from core.recipe.presets import PRESETS
from core.store.summaries import summary
from core.store.weights import are_kept, weights_path
from core.store.workspace import Workspace

READY, FAULTY, OWN = "A ready-made recipe", "A fault to find", "One of my runs"
USUAL = ("optim.lr", "train.batch_size", "train.epochs")
MOST_RUNS = 50
FAULTS = next(param for param in TrainPart.settings() if param.name == "fault")
RIDDLE = "What is wrong here?"
"""The title of what fails on purpose: its own name would give the answer away."""


def exercise(held: ClassWorkspaces, visitor: Visitor) -> None:
    """Draw the exercise under way, and the form for the next one."""
    now = held.room.state.exercise
    if now is not None:
        _under_way(held, visitor, now)
        st.subheader("Give another one", anchor=False)
    found = _source(held.home)
    if found is None:
        return
    origin, document = found
    _form(held, visitor, origin, document)


def _under_way(held: ClassWorkspaces, visitor: Visitor, now: Exercise) -> None:
    with st.container(border=True):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"**:material/assignment: {plain(now.title)}**", width="content")
            st.caption(f"given {ago(now.given)}", width="content")
            if st.button("End this exercise", icon=":material/assignment_turned_in:", key="class.exercise.end",
                         help="Students train no more copies of it; all its runs stay."):  # fmt: skip
                held.room.close_exercise(visitor)
                st.rerun()
        if now.task:
            st.markdown(plain(now.task))
        opened = ", ".join(plain(setting_label(path)) for path in now.open) or "nothing"
        st.caption(f"Open: {opened}.  \nLocked: {locked_words(now)}.")
        if fault := fault_put_in(now):
            _fault(held, visitor, now, fault)


def _fault(held: ClassWorkspaces, visitor: Visitor, now: Exercise, fault: str) -> None:
    """What was put into the loop, which a projected page does not name, and the button that tells the students."""
    if now.told:
        st.caption(f":material/visibility: The students were told of the fault put in: {plain(fault_name(fault))}.")
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(
            ":material/visibility_off: A fault was put into the loop; the students don't see it until you end the exercise.",
            width="content",
        )
        if st.button("Tell them which", icon=":material/visibility:", key="class.fault.tell", type="tertiary"):
            held.room.tell_fault(visitor, now.id)
            st.rerun()


def _source(home: Workspace) -> tuple[str, dict[str, Any]] | None:
    """A name for what was chosen, and its whole recipe; None where there is nothing to choose."""
    kind = st.segmented_control("Start from", [READY, FAULTY, OWN], default=READY, key="class.from", required=True)
    if kind == READY:
        key = st.selectbox("Recipe", list(PRESETS), format_func=_preset_label, key="class.preset")
        name = {} if PRESETS[key].good else {"name": RIDDLE}
        return f"preset {key}", to_document(parse_recipe({**PRESETS[key].document, **name}))
    if kind == FAULTY:
        rules = sorted(EXAMPLES, key=lambda name: RULES[name].label)
        key = st.selectbox("Fault", rules, format_func=lambda name: RULES[name].label, key="class.rule")
        return f"fault {key}", to_document(parse_recipe({**example(key), "name": RIDDLE}))
    runs = {
        run.id: run for run, _ in zip((one for one in home.runs() if not one.watched), range(MOST_RUNS), strict=False)
    }
    if not runs:
        st.info("You have no run yet. Train one on New run, then give its recipe to all.", icon=":material/info:")
        return None
    key = st.selectbox("Run", list(runs), format_func=lambda one: summary(runs[one]).name, key="class.run")
    with failures.guard():
        return f"run {key}", to_document(parse_recipe(runs[key].document()))
    return None


def _preset_label(key: str) -> str:
    preset = PRESETS[key]
    return preset.label if preset.good else f"{preset.label} (a bad one)"


def _form(held: ClassWorkspaces, visitor: Visitor, origin: str, document: dict[str, Any]) -> None:
    # Part of every key: another starting point brings another title, fault and list of settings.
    place = f"class.give.{origin}"
    left, right = st.columns([3, 2], gap="medium")
    with left:
        title = st.text_input("Title", value=str(document["name"]), max_chars=120, key=f"{place}.title")
    with right:
        document = _with_fault(document, place)
    task = st.text_area(
        "Task", placeholder="What is wrong here? Find a learning rate that reaches 95 % in five epochs.",
        max_chars=LONGEST_TEXT, height=90, key=f"{place}.task",
    )  # fmt: skip
    choices = open_choices(document)
    opened = st.multiselect(
        "The students may change", choices, default=[path for path in USUAL if path in choices],
        format_func=setting_label, key=f"{place}.open", placeholder="nothing",
        help="Everything else is locked.",
    )  # fmt: skip
    drafted = Exercise("", title, task, document, tuple(opened), 0.0)
    st.caption(f"Locked: {locked_words(drafted)}.")
    _foresee(held, document)
    if st.button("Give it to all", type="primary", icon=":material/assignment_add:", disabled=held.room.state.ended,
                 key=f"{place}.give"):  # fmt: skip
        with failures.guard():
            held.room.give(visitor, title, task, document, opened)
            state.notify(
                "toast",
                "It is on their Class page, and a bell on every other page leads there. Their runs appear on the wall.",
            )
            st.rerun()


def _with_fault(document: dict[str, Any], place: str) -> dict[str, Any]:
    """The recipe with the fault that is put into its loop."""
    choices = list(FAULTS.choices)
    found = st.selectbox(
        "Fault in the training loop", choices, index=choices.index(document["train"]["fault"]), key=f"{place}.fault",
        format_func=fault_name, help=FAULTS.help,
    )  # fmt: skip
    if found != NO_FAULT:
        st.caption(
            ":material/visibility_off: The students don't see it, neither here nor in the recipes of their runs, until you tell "
            f"them or end the exercise. Leave “{setting_label(FAULT)}” open and they see it, and can take it out again."
        )
    return {**document, "train": {**document["train"], "fault": found}}


def _foresee(held: ClassWorkspaces, document: Mapping[str, Any]) -> None:
    """Say beforehand when the limits would refuse every copy, or when something is not in the students' reach."""
    try:
        held.room.state.limits.of_a_run().check_epochs(parse_recipe(document).train.epochs)
    except ClinicError as error:
        st.warning(
            f"{failures.sentence(error)} No student could train it: change the limit or the recipe.",
            icon=":material/speed:",
        )
    if are_kept(weights := document["transfer"].get("weights")):
        try:
            weights_path(held.home.home, weights)
            st.caption(
                f":material/conversion_path: It starts from your weights {plain(weights)}; students get them with it."
            )
        except ClinicError as error:
            st.warning(f"{failures.sentence(error)} No student could train it.", icon=":material/conversion_path:")
