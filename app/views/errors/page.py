"""The Errors page: which rows a checkpoint of a run gets wrong, and how."""

from __future__ import annotations

import streamlit as st

from app import failures, navigation, state
from app.forms.checks import prepared
from app.inspector import inspector
from app.views.errors.classes import classes_view
from app.views.errors.numbers import numbers_view
from app.views.run.history import CHECKPOINT_KINDS
from app.words import plain
from core.errors import BadInput, ClinicError
from core.evaluation.predictions import Predictions
from core.recipe.codec import parse_recipe
from core.store.checkpoints import Checkpoint
from core.store.summaries import summary
from core.store.workspace import Run

MOST_RUNS = 50


def page() -> None:
    """Draw the choice of a run and a checkpoint, and its errors."""
    st.title("Errors")
    found = {run.id: run for run in _candidates()}
    asked = state.query("run")
    if asked and asked not in found:
        st.warning(f"Run {plain(asked[:60])} is not here, was only watched, or has no checkpoint yet.")
    if not found:
        st.info(
            "What a model gets wrong is shown here, class by class and row by row. It takes a run with a checkpoint; start one on "
            "the Home page.",
            icon=":material/rule:",
        )
        navigation.link("home", "Start a first run")
        return
    left, right = st.columns([3, 2])
    ids = list(found)
    with left:
        chosen = st.selectbox(
            "Run",
            ids,
            index=ids.index(asked) if asked in found else 0,
            format_func=lambda one: f"{summary(found[one]).name} · {one[-6:]}",
        )
    run = found[chosen]
    checkpoints = sorted(run.checkpoints.list(), key=lambda checkpoint: -checkpoint.step)
    with right:
        checkpoint = st.selectbox(
            "Checkpoint",
            checkpoints,
            index=_wanted(checkpoints),
            format_func=lambda one: f"step {one.step:,} ({CHECKPOINT_KINDS.get(one.kind, one.kind)})",
            key=f"errors.step.{chosen}",
        )
    st.query_params.from_dict({"run": chosen, "step": str(checkpoint.step)})
    with failures.guard():
        _show(run, checkpoint)


def _show(run: Run, checkpoint: Checkpoint) -> None:
    data = prepared(parse_recipe(run.document()))
    with st.spinner("Asking the model about its validation rows …"):
        outputs = inspector().outputs(run, checkpoint, state.workspace().home)
    found = Predictions.on_validation(outputs, data)
    st.caption(
        f"On the {len(found.targets):,} validation rows, which it did not train on, in eval mode. "
        "Where training chose the checkpoint or a setting by these rows, expect a little worse on new ones."
    )
    if found.class_names:
        classes_view(found, data)
    else:
        numbers_view(found, data)
    navigation.link("run", "Back to the run", run=run.id)


def _wanted(checkpoints: list[Checkpoint]) -> int:
    """The place of the checkpoint that the address asks for, else of the best one, else of the newest."""
    asked = state.query("step")
    for place, checkpoint in enumerate(checkpoints):
        if str(checkpoint.step) == asked:
            return place
    losses = [(c.val_loss, place) for place, c in enumerate(checkpoints) if c.val_loss is not None]
    return min(losses)[1] if losses else 0


def _candidates() -> list[Run]:
    """The newest runs with a checkpoint and a recipe, and the one that the address asks for, however old."""
    found: list[Run] = []
    workspace = state.workspace()
    try:
        wanted = [workspace.run(state.query("run"))] if state.query("run") else []
    except BadInput:
        wanted = []
    for run in [*wanted, *workspace.runs()]:
        try:
            usable = not run.is_race and not run.watched and bool(run.checkpoints.list()) and bool(run.document())
        except ClinicError:
            continue
        if usable and all(run.id != other.id for other in found):
            found.append(run)
        if len(found) == MOST_RUNS:
            break
    return found
