"""A look at the augmented rows before training: some rows as they are, and as the first epochs vary them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import streamlit as st

from app import state
from app.charts import samples
from app.charts.figures import draw
from app.inspector import inspector
from core.data.base import Prepared
from core.recipe.parts import Recipe

SHOWN = {"image": 6, "sequence": 1, "text": 3, "tabular": 4}
EPOCHS = 5
GAP = 6


def augmented(recipe: Recipe, data: Prepared) -> None:
    """Draw the rows once they are asked for; nothing where the recipe augments nothing."""
    if not recipe.augment.entries or data.kind not in SHOWN:
        return
    with st.container(border=True):
        st.markdown("**Augmented rows**")
        if not st.toggle("Look at some", key="augmented.shown"):
            return
        rows = [int(row) for row in samples.spread_rows(data, SHOWN[data.kind])]
        with st.spinner("Varying some rows …"):
            found = inspector().augmented(recipe, state.workspace().home, rows, EPOCHS)
        stacked = np.concatenate([data.x_train[rows][None], found])
        part = replace(data, x_train=stacked.reshape(-1, *data.x_train.shape[1:]))
        every = np.arange(len(part.x_train))
        names = [f"{name}" for name in ("as it is", *(f"epoch {epoch + 1}" for epoch in range(EPOCHS)))]
        if data.kind == "image":
            st.image(grid(samples.pictures(samples.original(part, every)), len(rows)), width="stretch")
            st.caption("One row of the grid for each image: first as it is, then as the first five epochs see it.")
        elif data.kind == "sequence":
            draw(samples.series_of(part, every, names), "augmented.series", "A series as it is and as epochs vary it.")
        else:
            _table(part, every, names, len(rows))
        if any(key in recipe.augment.entries for key in ("mixup", "cutmix")):
            st.caption("Where rows are mixed, their targets are mixed alike.")


def grid(pictures: list[np.ndarray], rows: int) -> np.ndarray:
    """One picture: a line for each of `rows` images, a column for each of their forms, given form by form."""
    colour = [one if one.ndim == 3 else one[..., None].repeat(3, axis=2) for one in pictures]
    framed = [np.pad(one, ((GAP, GAP), (GAP, GAP), (0, 0)), constant_values=128) for one in colour]
    lines = [np.concatenate(framed[row::rows], axis=1) for row in range(rows)]
    return np.concatenate(lines, axis=0)


def _table(part: Prepared, every: np.ndarray, names: list[str], rows: int) -> None:
    forms = [name for name in names for _ in range(rows)]
    order = [form * rows + row for row in range(rows) for form in range(len(names))]
    if part.kind == "text":
        table = pd.DataFrame({"": forms, "Text": samples.texts_of(part, every)})
    else:
        table = pd.DataFrame(samples.original(part, every), columns=list(part.feature_names) or None)
        table.columns = [str(name) for name in table.columns]
        table.insert(0, "", forms)
    st.dataframe(table.iloc[order], hide_index=True)
