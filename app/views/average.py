"""The average of several runs: an ensemble that answers with the mean of their probabilities."""

from __future__ import annotations

import streamlit as st

from app.forms.checks import prepared
from app.inspector import inspector
from app.views.errors.tables import metrics_table
from app.words import count
from core.errors import BadInput
from core.evaluation.predictions import Predictions
from core.evaluation.together import average, same_rows
from core.recipe.codec import parse_recipe
from core.store.workspace import Run
from core.train.loss_catalogue import LOSSES

CLASSES = ("accuracy", "balanced_accuracy", "f1", "roc_auc", "average_precision", "log_loss", "calibration_error")
NUMBERS = ("mae", "rmse", "r2")


def average_view(runs: list[Run], names: list[str]) -> None:
    """Draw the metrics of each run's newest checkpoint and of their average; `names` are those of the runs."""
    st.markdown("##### Average of these runs")
    st.caption(
        "An ensemble answers with the mean of its members' probabilities. Errors that they don't share cancel out: train the members "
        "of a balanced ensemble with the same seed, and see whether they are better together."
    )
    if not st.toggle("Average them", key="compare.average"):
        return
    try:
        found = _predictions(runs)
        together = average(list(found.values()))
    except BadInput as error:
        st.info(str(error), icon=":material/join:")
        return
    columns = dict(zip(names, found.values(), strict=True)) | {"Average": together}
    keys = CLASSES if together.class_names else NUMBERS
    st.dataframe(metrics_table(columns, keys), hide_index=True, placeholder="–")
    st.caption(
        f"Of the newest checkpoint of each run, on the same {count(len(together.targets), 'validation row')}. F1, ROC AUC and average "
        "precision are means over classes."
    )


def _predictions(runs: list[Run]) -> dict[str, Predictions]:
    """What every run's newest checkpoint puts out.

    Raises:
        BadInput: when one has no recipe or no checkpoint, or they validate on different rows.
    """
    first = None
    found = {}
    for run in runs:
        if run.is_race or run.watched or not run.checkpoints.list():
            raise BadInput(f"Run {run.id} has no checkpoint of ours, so it can't be averaged; pick runs that have one.")
        recipe = parse_recipe(run.document())
        first = first or recipe
        if not same_rows(recipe, first):
            raise BadInput(
                "These runs validate on different rows, so they can't be averaged: take runs of the same data and the same seed."
            )
        checkpoint = max(run.checkpoints.list(), key=lambda one: one.step)
        outputs = inspector().outputs(run, checkpoint, run.home)
        found[run.id] = Predictions.on_validation(outputs, prepared(recipe, run.home), LOSSES[recipe.loss.key].link)
    return found
