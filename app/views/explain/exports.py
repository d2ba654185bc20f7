"""What leaves the page: a chart as PNG or HTML, the attributions as CSV."""

from __future__ import annotations

import html
import io
from functools import partial

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from app import projector
from app.charts.explain.colours import QUIET
from app.charts.figures import CONFIG
from core.data.base import Prepared
from core.explain.features import column_names
from core.explain.result import Explanation


def show(figure: go.Figure, key: str, alt: str) -> None:
    """Show a figure with a camera (PNG) and a way to take it along as a page that needs no network."""
    figure.update_layout(modebar={"bgcolor": "rgba(0,0,0,0)", "color": QUIET, "activecolor": QUIET})
    camera = {"displayModeBar": "hover", "displaylogo": False, "modeBarButtons": [["toImage"]]}
    image = {"toImageButtonOptions": {"format": "png", "scale": 2, "filename": key}}
    st.plotly_chart(projector.enlarged(figure), key=key, config={**CONFIG, **camera, **image}, alt=alt)
    st.download_button(
        "Chart as HTML", partial(_html, figure, alt), f"{key}.html", "text/html", key=f"{key}.html", type="tertiary",
        icon=":material/download:", on_click="ignore",
    )  # fmt: skip


def _html(figure: go.Figure, alt: str) -> str:
    page = figure.to_html(include_plotlyjs=True, full_html=True, config={"responsive": True})
    return page.replace("<head>", f"<head><title>{html.escape(alt)}</title>", 1)


def values_download(data: Prepared, found: Explanation, rows: tuple[int, ...], key: str) -> None:
    """Draw the button that saves the attributions of validation rows `rows`."""
    st.download_button(
        "Values as CSV", partial(values_csv, data, found, rows), f"{key}.csv", "text/csv", key=f"{key}.csv", type="tertiary",
        icon=":material/table:", on_click="ignore",
    )  # fmt: skip


def values_csv(data: Prepared, found: Explanation, rows: tuple[int, ...]) -> str:
    """One line for each explained row: its number, explained output, base value, gap, and the value of every input."""
    attribution = found.attribution
    values = attribution.values.reshape(len(rows), -1)
    if data.kind == "tabular" and not attribution.layer:
        names = list(column_names(data))
    else:
        names = ["_".join(map(str, place)) for place in np.ndindex(attribution.values.shape[1:])]
    table = pd.DataFrame(values, columns=[f"value of {name}" for name in names])
    known = {"row": rows, "target": attribution.target, "output": attribution.output}
    for name in ("base_value", "gap"):
        if (array := getattr(attribution, name)) is not None:
            known[name] = array
    for place, (name, column) in enumerate(known.items()):
        table.insert(place, name, column)
    text = io.StringIO()
    text.write(f"# method {attribution.method}, step {found.step}, trust {found.trust.light}: {found.trust.sentence}\n")
    table.to_csv(text, index=False)
    return text.getvalue()
