"""How often each class occurs, or how the target is spread, in the training and the validation part."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from app.charts.figures import frame
from core.data.base import Prepared

SHOWN = 30


def class_counts(data: Prepared) -> tuple[np.ndarray, np.ndarray]:
    """Rows per class (classes,) in the training and the validation part."""
    classes = len(data.class_names)
    return np.bincount(data.y_train, minlength=classes), np.bincount(data.y_val, minlength=classes)


def balance_figure(data: Prepared, height: int = 220) -> go.Figure:
    """Stacked bars of rows per class, or a histogram of the target; of inputs to rebuild, rows per part."""
    figure = go.Figure()
    if data.task == "classification":
        names = [name if len(name) <= 14 else name[:13] + "…" for name in data.class_names[:SHOWN]]
        for label, counts in zip(("training", "validation"), class_counts(data), strict=True):
            figure.add_bar(
                x=names, y=counts[:SHOWN], name=label, hovertemplate="%{x}: %{y} rows<extra>" + label + "</extra>"
            )
        figure.update_layout(barmode="stack", bargap=0.25)
        figure.update_xaxes(type="category")
        return frame(figure, "", "rows", height, legend=True)
    if data.task == "reconstruction":
        parts = {"training": data.x_train, "validation": data.x_val, "known anomalies": data.x_apart}
        sizes = {name: len(rows) for name, rows in parts.items() if rows is not None}
        figure.add_bar(x=list(sizes), y=list(sizes.values()), hovertemplate="%{x}: %{y} rows<extra></extra>")
        return frame(figure.update_layout(bargap=0.4), "", "rows", height)
    edges = np.histogram_bin_edges(np.concatenate([data.y_train, data.y_val]), bins=30)
    width = float(edges[1] - edges[0])
    scale, shift = data.y_std, data.y_mean
    for label, values in (("training", data.y_train), ("validation", data.y_val)):
        counts, _ = np.histogram(values, bins=edges)
        figure.add_bar(x=(edges[:-1] + width / 2) * scale + shift, y=counts, width=width * scale, name=label)
    figure.update_layout(barmode="stack", bargap=0.05)
    return frame(figure, data.target_name, "rows", height, legend=True)
