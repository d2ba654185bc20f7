"""Samples that a model got wrong, drawn as their kind asks: pictures, series, texts or table rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
import streamlit as st

from app.charts import samples
from app.charts.figures import draw
from core.data.base import Prepared

SHOWN = {"image": 24, "sequence": 6, "text": 20, "tabular": 50}


def wrong_samples(data: Prepared, rows: np.ndarray, said: Sequence[str], heading: str) -> None:
    """Draw the first of the validation rows `rows`, each with what is `said` of it."""
    count = min(len(rows), SHOWN[data.kind])
    rows, said = rows[:count], list(said[:count])
    part = replace(data, x_train=data.x_val[rows], y_train=data.y_val[rows])
    every = np.arange(count)
    if data.kind == "image":
        st.image(samples.pictures(samples.original(part, every)), caption=said, width=samples.IMAGE_SIDE)
    elif data.kind == "sequence":
        draw(samples.series_of(part, every, said), "errors.series", "The series that are most wrong.")
        if data.input_shape[-1] > 1:
            st.caption(f"Drawn is the first of {data.input_shape[-1]} channels.")
    elif data.kind == "text":
        st.dataframe(pd.DataFrame({heading: said, "Text": samples.texts_of(part, every)}), hide_index=True)
    else:
        table = pd.DataFrame(samples.original(part, every), columns=list(data.feature_names) or None)
        table.columns = [str(name) for name in table.columns]
        table.insert(0, heading if heading not in table.columns else f"{heading} (model)", said)
        st.dataframe(table, hide_index=True, height=min(38 * count + 40, 420))
