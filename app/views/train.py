"""The New run page: form on the left; on the right what it comes to, every fault, and the Train button."""

from __future__ import annotations

import streamlit as st

from app import demo, failures, state
from app.charts.classes import balance_figure
from app.charts.figures import draw
from app.charts.schedule import schedule_figure
from app.components.live_charts import live_charts
from app.forms import current
from app.forms.checks import LARGE_MODEL, Checked, check
from app.forms.recipe_form import recipe_form
from app.views import share
from app.views.augmented import augmented
from app.views.network import network_of
from app.views.preflight import preflight
from app.views.rate import rate_finder
from app.views.start import start_here, start_run
from app.words import count, number, one_sample, plain
from core.data.base import Prepared
from core.data.catalogue import DATASETS
from core.models.catalogue import ARCHITECTURES
from core.optim.schedules.catalogue import SCHEDULES
from core.recipe.codec import parse_recipe, to_document
from core.recipe.links import recipe_from_link, recipe_to_link
from core.recipe.parts import Recipe
from core.recipe.presets import PRESETS
from core.train.loss_catalogue import LOSSES

DEMO_RUN = "demo.run"


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
    """Load the preset, or the packed recipe, that the address names, once."""
    asked = share.arrives("train", "preset", "recipe")
    with failures.guard():
        if packed := asked.get("recipe"):
            current.load(to_document(recipe_from_link(packed)))
        elif preset := asked.get("preset"):
            current.load(PRESETS[preset].document, origin=preset)


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
        pressed = state.lasting_button(
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
    _shared(found)
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


def _shared(found: Checked) -> None:
    """The link to this page: the preset by its name while it is unchanged, else the whole recipe."""
    recipe = found.recipe
    if recipe is None:
        share.says()
    elif current.origin() in PRESETS and recipe == parse_recipe(PRESETS[current.origin()].document):
        share.says(preset=current.origin())
    else:
        share.packed(lambda: recipe_to_link(recipe), "recipe")


def demo_page(held: demo.Demo) -> None:
    """Draw the page of a demo: the settings that its address leaves open, Train, and the run once it was started."""
    _from_address()
    name = current.document()["name"]
    st.title(plain(name if name != "Untitled" else "Train"), anchor=False)
    left, right = st.columns([2, 3], gap="large")
    with left:
        recipe_form(current.draft(), current.version(), open_=held.opened)
        found = check(current.document())
        faults(found)
        pressed = state.lasting_button(
            "Train", type="primary", icon=":material/play_arrow:", width="stretch", key="train",
            disabled=found.recipe is None or bool(found.faults),
        )  # fmt: skip
        if pressed and (run := start_here(current.document())):
            st.session_state[DEMO_RUN] = run
    with right:
        if started := st.session_state.get(DEMO_RUN):
            live_charts([started], key=f"demo.{started}")
        else:
            st.info("Press Train: the curves appear here while it learns.", icon=":material/monitoring:")


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
