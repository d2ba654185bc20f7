"""The New run page: form on the left; on the right what it comes to, every fault, and the Train button."""

from __future__ import annotations

import streamlit as st

from app import failures, state
from app.charts.classes import balance_figure
from app.charts.figures import draw
from app.charts.schedule import schedule_figure
from app.forms import current
from app.forms.checks import LARGE_MODEL, Checked, check
from app.views.augmented import augmented
from app.views.network import network_of
from app.views.preflight import preflight
from app.views.rate import rate_finder
from app.views.start import start_run
from app.words import count, number, one_sample, plain
from core.data.base import Prepared
from core.data.catalogue import DATASETS
from core.models.catalogue import ARCHITECTURES
from core.optim.schedules.catalogue import SCHEDULES
from core.recipe.parts import Recipe
from core.recipe.presets import PRESETS
from core.train.loss_catalogue import LOSSES


def starting_point() -> None:
    """Let the user begin from a preset or from the defaults; replaces the whole draft."""
    _from_address()
    options = ["", *PRESETS]
    with st.container(horizontal=True, vertical_alignment="bottom"):
        found = st.selectbox(
            "Start from",
            options,
            index=options.index(current.origin()) if current.origin() in PRESETS else 0,
            format_func=lambda key: _preset_label(key),
            key=f"start_from{current.version()}",
        )
        if st.button("Load", icon=":material/input:", help="Replaces everything in the form."):
            current.load(PRESETS[found].document if found else {}, origin=found)
            st.rerun()
    if current.origin() in PRESETS:
        preset = PRESETS[current.origin()]
        (st.success if preset.good else st.warning)(
            f"**{plain(preset.label)}.** {plain(preset.lesson)}",
            icon=":material/lightbulb:" if preset.good else ":material/science:",
        )


def _from_address() -> None:
    """Load the preset that the address names, once."""
    asked = state.query("preset")
    if asked and st.session_state.get("train_preset") != asked:
        st.session_state["train_preset"] = asked
        with failures.guard():
            current.load(PRESETS[asked].document, origin=asked)


def _preset_label(key: str) -> str:
    if not key:
        return "Defaults (digits, small MLP, Adam)"
    preset = PRESETS[key]
    return preset.label if preset.good else f"{preset.label} (a bad one)"


def summary() -> None:
    """Draw the Train button, every fault, and a preview of data, model and schedule."""
    document = current.document()
    found = check(document)
    with st.container(key="train_bar"):
        pressed = st.button(
            "Train",
            type="primary",
            icon=":material/play_arrow:",
            disabled=found.recipe is None or bool(found.faults),
            width="stretch",
            key="train",
            help="Starts a process of its own: it trains on when this tab is closed.",
        )
    faults(found)
    if pressed:
        start_run(document)
    if found.recipe is None or found.data is None:
        return
    _size(found)
    if not found.faults:
        network_of(found.recipe, found.data)
    check_place = st.container()
    _data(found.recipe, found.data)
    with failures.guard():
        augmented(found.recipe, found.data)
    _schedule(found)
    if not found.faults:
        rate_finder(found.recipe)
        with check_place:
            preflight(found.recipe)


def faults(found: Checked) -> None:
    """Say what has to be mended before this can train; nothing where that is nothing."""
    if not found.faults:
        return
    title = "One thing to mend" if len(found.faults) == 1 else f"{len(found.faults)} things to mend"
    lines = "\n".join(f"- **{plain(fault.path or 'recipe')}** {plain(fault.message)}" for fault in found.faults)
    st.error(f"**{title} before it can train**\n\n{lines}", icon=":material/rule:")


def _size(found: Checked) -> None:
    with st.container(horizontal=True):
        st.metric("Parameters", "–" if found.parameters is None else f"{found.parameters:,}")
        st.metric("Steps", "–" if found.total_steps is None else f"{found.total_steps:,}")
    if found.recipe is not None and found.data is not None:
        st.caption(f":material/output: {plain(output_words(found.recipe, found.data))}")
    if found.parameters and found.parameters > LARGE_MODEL:
        st.caption(":material/hourglass: A large model: expect seconds per step on a CPU.")


def output_words(recipe: Recipe, data: Prepared) -> str:
    """What the last layer gives for this task, and where its activation went."""
    if data.class_names:
        return (
            f"The output layer has no activation: it gives {len(data.class_names)} logits; the softmax that makes probabilities "
            "of them stands inside the loss."
        )
    if LOSSES[recipe.loss.key].link == "exp":
        return f"The output layer has no activation: it gives the logarithm of {data.target_name}, which the loss reads so."
    return "The output layer has no activation: it gives the value itself, on the standardised scale of the target."


def _data(recipe: Recipe, data: Prepared) -> None:
    with st.container(border=True):
        st.markdown(f"**{plain(DATASETS[recipe.data.key].label)}**")
        facts = [
            count(len(data.x_train), "training row"),
            count(len(data.x_val), "validation row"),
            f"one sample: {one_sample(data)}",
            f"{len(data.class_names)} classes" if data.class_names else f"target: {plain(data.target_name)}",
        ]
        st.caption(" · ".join(facts))
        draw(balance_figure(data, 190), "balance", "Rows per class in the training and the validation part.")
        for note in data.notes:
            st.caption(f":material/info: {plain(note)}")
        if data.task == "reconstruction" and len(ARCHITECTURES[recipe.model.key].tasks) > 1:
            st.caption(
                f":material/info: {plain(ARCHITECTURES[recipe.model.key].label)} has no narrow code, so copying the input may be "
                "all it learns. The model Autoencoder has one."
            )


def _schedule(found: Checked) -> None:
    recipe = found.recipe
    if recipe is None or found.total_steps is None:
        return
    spec = SCHEDULES[recipe.schedule.key]
    with st.container(border=True):
        st.markdown(f"**Learning rate: {plain(spec.label)}**")
        draw(
            schedule_figure(recipe, found.total_steps),
            "schedule",
            f"Learning rate over {found.total_steps} steps, from base {number(recipe.optim.lr)}.",
        )
        if spec.reactive:
            st.caption("This schedule reacts to the validation loss; drawn is where it starts.")
        if recipe.schedule.cycle_momentum is not None:
            st.caption("Momentum moves against the rate: lowest where the factor is 1.")
