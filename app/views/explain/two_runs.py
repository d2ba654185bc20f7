"""Two runs on the same data explained side by side: do they lean on the same features?"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import streamlit as st

from app.charts.explain.importance import comparison
from app.charts.explain.pictures import image_grid
from app.forms.checks import prepared
from app.views.checkpoint_choice import candidates
from app.views.explain.answer import explained
from app.views.explain.exports import show
from app.views.explain.many import COUNTS
from app.views.explain.settings import Asked
from app.views.explain.words import in_units, spread_rows
from app.words import plain
from core.explain.features import feature_table
from core.explain.features import in_units as rows_in_units
from core.explain.trust.ranks import rank_correlation
from core.recipe.codec import parse_recipe, to_document
from core.store.checkpoints import Checkpoint
from core.store.summaries import summary
from core.store.workspace import Run

PICTURES = 6


def two_runs(asked: Asked) -> None:
    """Draw the choice of another run with the same validation rows, and both explanations."""
    others = {run.id: run for run in candidates() if run.id != asked.run.id and _same_rows(run, asked.run)}
    checkpoints = {
        f"{asked.run.id} {c.step}": c for c in asked.run.checkpoints.list() if c.step != asked.checkpoint.step
    }
    choices = [*others, *checkpoints]
    if not choices:
        st.info(
            "No other run here has the same validation rows; train one on the same data and seed.",
            icon=":material/compare:",
        )
        return
    left, right = st.columns([3, 2])
    with left:
        chosen = st.selectbox(
            "Compared with",
            choices,
            format_func=lambda one: (
                f"{summary(others[one]).name} · {one[-6:]}"
                if one in others
                else f"this run at step {checkpoints[one].step:,}"
            ),
            key=f"explain.other.{asked.run.id}",
        )
    counts = [n for n in COUNTS if n <= len(asked.data.x_val)] or [len(asked.data.x_val)]
    with right:
        n = st.selectbox("Rows", counts, index=min(2, len(counts) - 1), key="explain.two.rows")
    run, checkpoint = (others[chosen], _best(others[chosen])) if chosen in others else (asked.run, checkpoints[chosen])
    # A class for each row that does not hang on either model's opinion.
    question = asked.question if asked.question.target != "predicted" else replace(asked.question, target="true")
    rows = spread_rows(asked.data, n)
    here = replace(asked, question=question)
    there = replace(here, run=run, checkpoint=checkpoint)
    names = (_name(asked.run, asked.checkpoint), _name(run, checkpoint))
    found = []
    for side, name, key in ((here, names[0], "explain.two.a"), (there, names[1], "explain.two.b")):
        st.markdown(f"**{plain(name)}**")
        if (one := explained(side, rows, key)) is not None:
            found.append(one)
    if len(found) < 2:
        return
    if found[0].attribution.layer or found[0].attribution.values.shape != found[1].attribution.values.shape:
        st.info("Units of a layer can't be compared between two models; choose a method that answers for inputs.")
        return
    data, x = asked.data, asked.data.x_val[list(rows)]
    both = [in_units(data, one.attribution, side.link) for one, side in zip(found, (here, there), strict=True)]
    values = [one.values for one in both]
    tables = [feature_table(data, x, one) for one in values]
    if data.kind == "text":  # each table has its own strongest words
        shared = [name for name in tables[0].names if name in tables[1].names]
        columns = [[table.names.index(name) for name in shared] for table in tables]
        drawn = [table.values[:, kept] for table, kept in zip(tables, columns, strict=True)]
    else:
        shared, drawn = list(tables[0].names), [table.values for table in tables]
    show(
        comparison(drawn[0], drawn[1], shared, names, both[0].unit),
        "two.comparison",
        "Importance of the features in both runs.",
    )
    known = (values[0] != 0) | (values[1] != 0)  # an input equal to the baseline gets nothing from any model
    agreement = rank_correlation(*(np.where(known, one, np.nan) for one in values))
    st.markdown(
        f"Rank correlation of the two, row by row: **{agreement:.2f}** (mean over {len(rows)} rows; 1 is the same order of "
        "inputs, 0 no relation)."
    )
    if question is not asked.question:
        st.caption("Explained is the true class of each row, so that both answer for the same output.")
    if data.kind == "image":
        images = rows_in_units(data, x[:PICTURES])
        show(
            image_grid(
                [*images, *images], [*values[0][:PICTURES], *values[1][:PICTURES]],
                [f"{name}: row {row}" for name in names for row in rows[:PICTURES]], both[0].unit,
            ),
            "two.pictures", "The same pictures under the attributions of both runs.",
        )  # fmt: skip


def _same_rows(run: Run, other: Run) -> bool:
    """Whether two runs validate on the same rows, scaled in the same way."""
    recipes = [parse_recipe(one.document()) for one in (run, other)]
    if to_document(recipes[0])["data"] != to_document(recipes[1])["data"]:
        return False
    if recipes[0].seed == recipes[1].seed:
        return True
    first, second = (prepared(recipe, one.home) for recipe, one in zip(recipes, (run, other), strict=True))
    return first.x_val.shape == second.x_val.shape and bool(np.array_equal(first.x_val, second.x_val))


def _best(run: Run) -> Checkpoint:
    """The checkpoint with the lowest validation loss, else the newest."""
    found = run.checkpoints.list()
    known = [one for one in found if one.val_loss is not None]
    return min(known, key=lambda one: one.val_loss or 0.0) if known else found[-1]


def _name(run: Run, checkpoint: Checkpoint) -> str:
    return f"{summary(run).name} at step {checkpoint.step:,}"
