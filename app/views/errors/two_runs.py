"""Another run on the same validation rows beside this one: what changed, class by class and metric by metric."""

from __future__ import annotations

import streamlit as st

from app.forms.checks import prepared
from app.inspector import inspector
from app.views.checkpoint_choice import candidates
from app.views.errors.tables import before_and_after, metrics_table, scores_of
from app.words import plain
from core.errors import ClinicError
from core.evaluation.predictions import Predictions
from core.evaluation.together import same_rows
from core.recipe.codec import parse_recipe
from core.recipe.parts import Recipe
from core.store.summaries import summary
from core.store.workspace import Run
from core.train.loss_catalogue import LOSSES


def two_runs_view(found: Predictions, run: Run, recipe: Recipe) -> None:
    """Draw the choice of the other run and, once it is chosen, both side by side."""
    st.subheader("Against another run", anchor=False)
    others = {one.id: one for one in candidates() if one.id != run.id and _on_the_same_rows(one, recipe)}
    if not others:
        st.caption(
            "No other run validates on the same rows. Run this recipe again with the same data and seed, and something else "
            "changed, such as the balance of its classes: here both then stand side by side."
        )
        return
    chosen = st.selectbox(
        "Before",
        [None, *others],
        key=f"errors.before.{run.id}",
        format_func=lambda one: "choose a run" if one is None else f"{summary(others[one]).name} · {one[-6:]}",
    )
    if chosen is None:
        return
    other = others[chosen]
    checkpoint = max(other.checkpoints.list(), key=lambda one: one.step)
    with st.spinner("Asking the other model about these rows …"):
        outputs = inspector().outputs(other, checkpoint, other.home)
    theirs = parse_recipe(other.document())
    before = Predictions.on_validation(outputs, prepared(theirs, other.home), LOSSES[theirs.loss.key].link)
    if found.class_names:
        table = before_and_after(scores_of(before), scores_of(found), found.class_names)
        st.dataframe(table, hide_index=True, placeholder="–")
    st.dataframe(metrics_table({"Before": before, "After": found}), hide_index=True, placeholder="–")
    st.caption(
        f"Before: {plain(summary(other).name)} after {checkpoint.step:,} steps, its newest checkpoint. After: the checkpoint above. Both are "
        f"of the same {len(found.targets):,} rows, so a class with few of them has uncertain figures on both sides."
    )


def _on_the_same_rows(run: Run, recipe: Recipe) -> bool:
    try:
        return same_rows(parse_recipe(run.document()), recipe)
    except ClinicError:
        return False
