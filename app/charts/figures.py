"""The common frame of the static figures: small, quiet, labelled axes, no toolbar. Colours come from the theme."""

from __future__ import annotations

from typing import Any

import plotly.graph_objects as go
import streamlit as st

from app import projector
from app.theme import SERIES

CONFIG: dict[str, Any] = {"displayModeBar": False, "responsive": True}


def frame(figure: go.Figure, x: str, y: str, height: int = 220, *, legend: bool = False) -> go.Figure:
    """Give `figure` axis titles, a height and narrow margins."""
    figure.update_layout(
        height=height,
        margin={"l": 8, "r": 8, "t": 8, "b": 8},
        colorway=list(SERIES),
        showlegend=legend,
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0, "traceorder": "normal"},
        hovermode="x unified" if legend else "closest",
    )
    figure.update_xaxes(title={"text": x, "standoff": 6}, automargin=True)
    figure.update_yaxes(title={"text": y, "standoff": 6}, automargin=True)
    return figure


def draw(figure: go.Figure, key: str, alt: str) -> None:
    """Show a static figure; `alt` says in words what it shows."""
    st.plotly_chart(projector.enlarged(figure), key=key, config=CONFIG, alt=alt)
