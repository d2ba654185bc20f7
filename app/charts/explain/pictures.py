"""Attributions over images, pixel for pixel: nothing is interpolated."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from app.charts.explain.colours import limit_of
from app.charts.explain.labels import framed, missing, number, wrapped
from app.charts.explain.ordering import finite
from app.charts.explain.scales import ABOVE, signed_axis

SIDE, SMALL = 320, 112  # pixels of the screen: one picture, one of several
COLUMNS = 3
GAP, TITLE = 1.06, 0.24  # of a picture: the step to the next, the room for its title
GREYED = 0.5
LUMA = np.array([0.299, 0.587, 0.114])


def by_pixel(values: np.ndarray) -> np.ndarray:
    """Attributions (c, h, w) or (h, w) as one number a pixel (h, w): the sum over channels."""
    return np.asarray(values.sum(axis=0) if values.ndim == 3 else values, np.float64)


def pixels(image: np.ndarray) -> np.ndarray:
    """An image (c, h, w) in 0 to 1 as (h, w, 3) uint8: three channels as colours, any other number as their mean in grey."""
    clipped = np.nan_to_num(np.clip(np.asarray(image, np.float64), 0, 1))
    colours = clipped if len(clipped) == 3 else np.repeat(clipped.mean(axis=0, keepdims=True), 3, axis=0)
    return np.asarray((colours.transpose(1, 2, 0) * 255).round(), np.uint8)


def image_overlay(
    image: np.ndarray, values: np.ndarray, unit: str, *, opacity: float = 0.7, limit: float | None = None
) -> go.Figure:
    """The picture that the model saw under its attributions, one coloured cell a pixel or a cell of the layer.

    A reader can conclude which pixels spoke for the output (orange) and which against (blue). A strong colour on the
    background of the picture is worth a second look: it may be a clue that only this data set has. image (c, h, w) in 0
    to 1; values (c, h, w), summed over channels, or (h', w') of a layer, each value then over the block of pixels that it
    stands for. `opacity` 0 shows the picture alone; `limit` ends the scale, else the largest |value| does.
    """
    drawn = by_pixel(values)
    top = limit or limit_of(drawn)
    figure = go.Figure()
    for trace in _layers(image, drawn, opacity):
        figure.add_trace(trace)
    said = f"1 picture, {_said(image, drawn)}; colour: attribution ({unit}), largest {number(limit_of(drawn))}"
    framed(figure, said + missing(drawn), "", SIDE, ticks=False, top=ABOVE)
    figure.update_layout(coloraxis=signed_axis(top))
    return _bare(figure, width=image.shape[-1], height=image.shape[-2])


def image_grid(
    images: Sequence[np.ndarray],
    values: Sequence[np.ndarray],
    titles: Sequence[str],
    unit: str,
    *,
    opacity: float = 0.7,
    columns: int = COLUMNS,
) -> go.Figure:
    """Several pictures with their attributions, all on one colour scale, so that a pale one really moved the output less.

    A reader can conclude whether the model looks at the same kind of place in picture after picture. Arguments as in
    `image_overlay`, one of each a sample; titles such as "7, taken for 1".
    """
    drawn = [by_pixel(one) for one in values]
    height, width = images[0].shape[-2:]
    across, lines = min(columns, len(images)), -(-len(images) // columns)
    step_x, step_y = GAP * width, (1 + TITLE) * height
    figure = go.Figure()
    for index, (image, one, title) in enumerate(zip(images, drawn, titles, strict=True)):
        left, top = index % columns * step_x, index // columns * step_y
        for trace in _layers(image, one, opacity, left, top):
            figure.add_trace(trace)
        figure.add_annotation(
            x=left + width / 2 - 0.5, y=top - 0.5, yanchor="bottom", text=wrapped(title, 16, 1), showarrow=False,
            font={"size": 12},
        )  # fmt: skip
    every = np.concatenate([one.reshape(-1) for one in drawn])
    limit = limit_of(every)
    said = f"n = {len(images)}, {_said(images[0], drawn[0])}; colour: attribution ({unit}), largest {number(limit)}"
    framed(figure, said + missing(every), "", round(lines * SMALL * (1 + TITLE)), ticks=False, top=ABOVE)
    figure.update_layout(coloraxis=signed_axis(limit))
    return _bare(figure, width=(across - 1) * step_x + width, height=(lines - 1) * step_y + height, top=TITLE * height)


def _layers(
    image: np.ndarray, drawn: np.ndarray, opacity: float, left: float = 0.0, top: float = 0.0
) -> list[go.Image | go.Heatmap]:
    """The picture and the cells over it.

    As the cells get opaque the picture loses its colours, which would mix with theirs, and its black and white, on which
    they would not show. Cells of a coarser layer cover whole blocks of pixels. The first pixel lies at (`left`, `top`).
    """
    height, width = image.shape[-2:]
    dy, dx = height / drawn.shape[0], width / drawn.shape[1]
    shown = pixels(image)
    faded = shown + min(1.0, 2 * opacity) * ((shown @ LUMA)[..., None] - shown)
    greyed = faded + GREYED * opacity * (128.0 - faded)
    cells = go.Heatmap(
        z=finite(drawn).astype(np.float32),
        x0=left + dx / 2 - 0.5,
        dx=dx,
        y0=top + dy / 2 - 0.5,
        dy=dy,
        coloraxis="coloraxis",
        zsmooth=False,
        opacity=opacity,
        hovertemplate="%{z:+.3g}<extra></extra>",
    )
    return [go.Image(z=greyed.round().astype(np.uint8), x0=left, y0=top, hoverinfo="skip"), cells]


def _said(image: np.ndarray, drawn: np.ndarray) -> str:
    """The size of what is shown, in words."""
    height, width = image.shape[-2:]
    size = f"{width} × {height} pixels"
    if drawn.shape == (height, width):
        return f"{size}, one value each"
    return f"{size}, {drawn.shape[1]} × {drawn.shape[0]} values"


def _bare(figure: go.Figure, *, width: float, height: float, top: float = 0.0) -> go.Figure:
    """Square pixels, no ticks, no grid; `top` keeps room for a title."""
    plain = {"showticklabels": False, "ticks": "", "showgrid": False, "zeroline": False, "constrain": "domain"}
    figure.update_xaxes(range=[-0.5, width - 0.5], **plain)
    return figure.update_yaxes(range=[height - 0.5, -0.5 - top], scaleanchor="x", constraintoward="top", **plain)
