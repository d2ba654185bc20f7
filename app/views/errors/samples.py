"""Samples that a model got wrong, drawn as their kind asks: pictures, series, texts or table rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
import streamlit as st

from app import navigation
from app.charts import samples
from app.charts.figures import draw
from app.charts.graph import node_table
from app.words import plain
from core.data.base import Prepared

OFFERED, MOST_LINKED = 50, 100
SHOWN = {"image": 24, "sequence": 6, "text": 20, "tabular": 50, "graph": 50}


def wrong_samples(data: Prepared, rows: np.ndarray, said: Sequence[str], heading: str, address: dict[str, str]) -> None:
    """Draw the first of the validation rows `rows`, each with what is `said` of it, and the way to explain them.

    `address` names the run and step, as the Explain page reads them.
    """
    if data.kind != "graph":
        _to_explanations(rows, said, address)
    count = min(len(rows), SHOWN[data.kind])
    rows, said = rows[:count], list(said[:count])
    part = replace(data, x_train=data.x_val[rows], y_train=data.y_val[rows])
    every = np.arange(count)
    if data.kind == "image":
        st.image(
            samples.pictures(samples.original(part, every)),
            caption=[plain(text) for text in said],
            width=samples.IMAGE_SIDE,
        )
    elif data.kind == "sequence":
        draw(samples.series_of(part, every, said), "errors.series", "The series that are most wrong.")
        if data.input_shape[-1] > 1:
            st.caption(f"Drawn is the first of {data.input_shape[-1]} channels.")
    elif data.kind == "graph":
        nodes = data.x_val[rows][:, 0]
        st.dataframe(node_table(data, nodes, said, heading), hide_index=True, height=min(38 * count + 40, 420))
    elif data.kind == "text":
        st.dataframe(pd.DataFrame({heading: said, "Text": samples.texts_of(part, every)}), hide_index=True)
    else:
        table = pd.DataFrame(samples.original(part, every), columns=list(data.feature_names) or None)
        table.columns = [str(name) for name in table.columns]
        table.insert(0, heading if heading not in table.columns else f"{heading} (model)", said)
        st.dataframe(table, hide_index=True, height=min(38 * count + 40, 420))


def _to_explanations(rows: np.ndarray, said: Sequence[str], address: dict[str, str]) -> None:
    """A choice of one of the rows to explain, and a link to explain all of them together."""
    offered = {int(row): f"row {row}: {text}" for row, text in zip(rows[:OFFERED], said[:OFFERED], strict=True)}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        row = st.selectbox("Why?", list(offered), format_func=lambda one: offered[one], width=420)
        if st.button("Explain this row", icon=":material/lightbulb:", type="primary"):
            navigation.go("explain", **address, row=str(row))
        if len(rows) > 1 and st.button(
            f"Explain {'all' if len(rows) <= MOST_LINKED else 'the first'} {min(len(rows), MOST_LINKED)} together",
            icon=":material/scatter_plot:",
        ):
            chosen = ",".join(str(row) for row in rows[:MOST_LINKED])
            navigation.go("explain", **address, rows=chosen, view="many")
