"""The Errors page: which rows a checkpoint of a run gets wrong, and how."""

from __future__ import annotations

import streamlit as st

from app import failures, navigation
from app.forms.checks import prepared
from app.inspector import inspector
from app.views.checkpoint_choice import choose_checkpoint
from app.views.errors.attack import attack_view
from app.views.errors.classes import classes_view
from app.views.errors.numbers import numbers_view
from app.views.errors.rebuilt import rebuilt_view
from app.views.errors.two_runs import two_runs_view
from core.evaluation.predictions import Predictions
from core.evaluation.reconstruction import Rebuilt
from core.recipe.codec import parse_recipe
from core.store.checkpoints import Checkpoint
from core.store.workspace import Run
from core.train.loss_catalogue import LOSSES


def page() -> None:
    """Draw the choice of a run and a checkpoint, and its errors."""
    st.title("Errors")
    chosen = choose_checkpoint(
        "errors", "What a model gets wrong is shown here, class by class and row by row.", "rule"
    )
    if chosen is None:
        return
    run, checkpoint = chosen
    st.query_params.from_dict({"run": run.id, "step": str(checkpoint.step)})
    with failures.guard():
        _show(run, checkpoint)


def _show(run: Run, checkpoint: Checkpoint) -> None:
    recipe = parse_recipe(run.document())
    data = prepared(recipe, run.home)
    with st.spinner("Asking the model about its validation rows …"):
        outputs = inspector().outputs(run, checkpoint, run.home)
    st.caption(
        f"On the {len(data.x_val):,} validation rows, which it did not train on, in eval mode. "
        "Where training chose the checkpoint or a setting by these rows, expect a little worse on new ones."
    )
    if data.task == "reconstruction":
        rebuilt_view(Rebuilt.of(outputs, data), data, recipe)
        navigation.link("run", "Back to the run", run=run.id)
        return
    found = Predictions.on_validation(outputs, data, LOSSES[recipe.loss.key].link)
    address = {"run": run.id, "step": str(checkpoint.step)}
    if found.class_names:
        classes_view(found, data, recipe.balance.key, address)
        if data.kind in ("tabular", "image"):
            attack_view(run, checkpoint)
    else:
        numbers_view(found, data, address)
    two_runs_view(found, run, recipe)
    navigation.link("run", "Back to the run", run=run.id)
