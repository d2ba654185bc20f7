"""What a data set looks like: image grids, series, texts, tables and feature histograms, in original units."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from app.charts.figures import frame
from app.theme import TRAINING
from core.data.base import Prepared

IMAGES = 16
SERIES = 6
TEXTS = 10
HISTOGRAMS = 12
TABLE_ROWS = 50
IMAGE_SIDE = 112
POINTS = 2_000
SHAPES = ("circle", "diamond", "square", "cross", "triangle-up", "x", "star", "hexagon")


def original(data: Prepared, rows: np.ndarray) -> np.ndarray:
    """Training inputs of those rows in their original units."""
    if data.kind == "text":
        return data.x_train[rows]
    return np.asarray(data.x_train[rows] * data.x_std + data.x_mean)


def label_text(data: Prepared, row: int) -> str:
    """The class name, or the target in its own units; of inputs to rebuild, which row it is."""
    if data.task == "reconstruction":
        return f"row {row}"
    if data.task == "classification":
        return data.class_names[int(data.y_train[row])]
    return f"{float(data.y_train[row]) * data.y_std + data.y_mean:.4g}"


def spread_rows(data: Prepared, count: int) -> np.ndarray:
    """Training rows to show: the classes in turn, or the first rows of a regression; at most `count`."""
    if data.task != "classification":
        return np.arange(min(count, len(data.y_train)))
    by_class = [np.flatnonzero(data.y_train == c) for c in range(len(data.class_names))]
    rounds = max((len(rows) for rows in by_class), default=0)
    picked = [int(rows[i]) for i in range(min(rounds, count)) for rows in by_class if i < len(rows)]
    return np.array(picked[:count], dtype=np.int64)


def image_samples(data: Prepared) -> tuple[list[np.ndarray], list[str]]:
    """Images (height, width) or (height, width, 3) as uint8, enlarged without blur, with their labels."""
    rows = spread_rows(data, IMAGES)
    return pictures(original(data, rows)), [label_text(data, int(row)) for row in rows]


def pictures(images: np.ndarray) -> list[np.ndarray]:
    """Images (n, channels, height, width) in 0..1 as uint8 (height, width) or (height, width, 3), enlarged without blur."""
    scale = max(1, round(IMAGE_SIDE / images.shape[-1]))
    shown = []
    for image in np.clip(images, 0, 1):
        pixels = (image.transpose(1, 2, 0) * 255).astype(np.uint8)
        pixels = pixels[..., 0] if pixels.shape[-1] != 3 else pixels
        shown.append(pixels.repeat(scale, axis=0).repeat(scale, axis=1))
    return shown


def series_figure(data: Prepared) -> go.Figure:
    """A few series; of several channels the first is drawn. The last is a known anomaly, where there are any."""
    rows = spread_rows(data, SERIES)
    names = [label_text(data, int(row)) for row in rows]
    if data.x_apart is None:
        return series_of(data, rows, names)
    shown = [*data.x_train[rows[:-1]], data.x_apart[len(data.x_apart) // 2]]
    return series_of(replace(data, x_train=np.stack(shown)), np.arange(len(shown)), [*names[:-1], "an anomaly"])


def series_of(data: Prepared, rows: np.ndarray, names: list[str]) -> go.Figure:
    """The first channel of the series of those rows, each under its name."""
    figure = go.Figure()
    for name, series in zip(names, original(data, rows), strict=True):
        figure.add_scatter(y=series[:, 0], mode="lines", name=name, line={"width": 2})
    channel = data.feature_names[0] if data.feature_names else "value"
    return frame(figure, "time step", channel, 320, legend=True)


def text_samples(data: Prepared) -> pd.DataFrame:
    """A few texts, as the model reads them, with their labels."""
    rows = spread_rows(data, TEXTS)
    return pd.DataFrame({data.target_name: [label_text(data, int(row)) for row in rows], "text": texts_of(data, rows)})


def texts_of(data: Prepared, rows: np.ndarray) -> list[str]:
    """The texts of those rows, as the model reads them."""
    return [" ".join(data.vocabulary[token] for token in data.x_train[row] if token) for row in rows]


def table_head(data: Prepared) -> pd.DataFrame:
    """The first training rows with the target."""
    rows = np.arange(min(TABLE_ROWS, len(data.y_train)))
    frame = pd.DataFrame(original(data, rows), columns=list(data.feature_names) or None)
    frame.columns = [str(name) for name in frame.columns]
    if data.task == "reconstruction":
        return frame
    target = data.target_name if data.target_name not in frame.columns else f"{data.target_name} (target)"
    frame.insert(0, target, [label_text(data, int(row)) for row in rows])
    return frame


def histograms_figure(data: Prepared) -> go.Figure:
    """Small histograms of the first features over the training rows."""
    values = original(data, np.arange(len(data.y_train)))
    count = min(HISTOGRAMS, values.shape[1])
    names = [str(name) for name in (data.feature_names or range(count))][:count]
    columns = min(4, count)
    lines = math.ceil(count / columns)
    titles = [name if len(name) <= 22 else name[:21] + "…" for name in names]
    figure = make_subplots(
        lines, columns, subplot_titles=titles, vertical_spacing=0.36 / lines, horizontal_spacing=0.06
    )
    for index in range(count):
        column = values[:, index]
        heights, edges = np.histogram(column[np.isfinite(column)], bins=24)
        figure.add_bar(
            x=(edges[:-1] + edges[1:]) / 2,
            y=heights,
            width=edges[1] - edges[0],
            row=index // columns + 1,
            col=index % columns + 1,
            showlegend=False,
            marker={"line": {"width": 0}},
            hovertemplate="%{x:.4g}: %{y} rows<extra></extra>",
        )
    figure.update_layout(height=165 * lines + 30, margin={"l": 8, "r": 8, "t": 28, "b": 8}, colorway=[TRAINING])
    figure.update_annotations(font_size=12)
    return figure


def plane_figure(data: Prepared) -> go.Figure:
    """Points of a problem with two features, one colour and shape per class; at most POINTS of them."""
    rows = np.arange(min(POINTS, len(data.y_train)))
    points = original(data, rows)
    figure = go.Figure()
    for label, name in enumerate(data.class_names):
        own = points[data.y_train[rows] == label]
        figure.add_scatter(
            x=own[:, 0],
            y=own[:, 1],
            mode="markers",
            name=name,
            marker={"size": 6, "symbol": SHAPES[label % len(SHAPES)], "opacity": 0.8},
        )
    figure.update_yaxes(scaleanchor="x")
    frame(figure, data.feature_names[0], data.feature_names[1], 420, legend=True)
    return figure.update_layout(hovermode="closest")
