"""Words in figures: names from a data set shown letter by letter, wrapped to fit a phone; numbers; the figures' frame."""

from __future__ import annotations

import html
import textwrap

import numpy as np
import plotly.graph_objects as go

from app.charts.explain.colours import CLEAR, GRID
from app.charts.figures import frame

LINE = 17
TITLE = 44
FULL = 120
WORDS, TICKS, TEXT = 17, 46, 16  # pixels: a line of words below the figure, the ticks, a line of a label


def plain(text: object) -> str:
    """The text on one line, so written that Plotly reads no markup, no entity and no TeX into it."""
    return html.escape(" ".join(str(text).split()), quote=False).replace("$", "&#36;")


def cut(text: object, length: int) -> str:
    """The text on one line of at most `length` letters; an ellipsis stands for the rest."""
    line = " ".join(str(text).split())
    return line if len(line) <= length else line[: length - 1] + "…"


def wrapped(text: object, width: int = LINE, lines: int = 2) -> str:
    """The text on at most `lines` lines, cut with an ellipsis, as Plotly reads it."""
    rows = textwrap.wrap(cut(text, width * lines), width, max_lines=lines, placeholder="…")
    return "<br>".join(plain(row) for row in rows)


def full(text: object) -> str:
    """The text for a hover box, whole unless it is very long."""
    return wrapped(text, TITLE, FULL // TITLE + 1)


def number(value: float, *, signed: bool = False) -> str:
    """Three digits with a true minus sign; "missing" where it is not a number."""
    if not np.isfinite(value):
        return "missing"
    if value == 0:
        return "0"
    return (f"{value:+.3g}" if signed else f"{value:.3g}").replace("-", "\N{MINUS SIGN}")


def counted(n: int, noun: str) -> str:
    """The number with its noun: 1 sample, 1,200 samples."""
    return f"{n:,} {noun}{'s' * (n != 1)}"


def missing(values: np.ndarray) -> str:
    """What an axis title adds where attributions are not numbers; else nothing."""
    count = int((~np.isfinite(values)).sum())
    return f"; {counted(count, 'value')} missing, drawn as 0" if count else ""


def framed(
    figure: go.Figure, said: str, y: str, height: int, *, legend: bool = False, ticks: bool = True, top: int = 8
) -> go.Figure:
    """The frame of all figures here: a clear background for both schemes, and below it `said`: units, n, what is left out.

    `said` takes the whole width and not the axis's, so that it fits on a phone beside long names. `height` is that of the
    plot with its ticks; the words come on top of it.
    """
    words = wrapped(said, TITLE, 5)
    written = WORDS * (words.count("<br>") + 1)
    foot = written + (TICKS if ticks else 20)
    whole = height + foot + top
    frame(figure, "", wrapped(y, TITLE, 2), whole, legend=legend)
    figure.update_layout(
        paper_bgcolor=CLEAR,
        plot_bgcolor=CLEAR,
        hovermode="closest",
        margin={"l": 8, "r": 8, "t": top, "b": foot},
        title={
            # Streamlit makes titles bold; these are words to read.
            "text": f'<span style="font-weight:400">{words}</span>' if said else None,
            "xref": "container",
            "x": 0.5,
            "xanchor": "center",
            "yref": "container",
            "y": (written + 2) / whole,
            "yanchor": "top",
            "font": {"size": 13},
        },
    )
    figure.update_xaxes(gridcolor=GRID, zerolinecolor=GRID, zeroline=False)
    return figure.update_yaxes(gridcolor=GRID, zerolinecolor=GRID, zeroline=False)


def row_height(labels: list[str], least: int) -> int:
    """Pixels a row needs for the longest of its labels."""
    return max(least, 12 + TEXT * max((label.count("<br>") + 1 for label in labels), default=1))


def named_rows(figure: go.Figure, names: list[str], *, top: float = 0.5, bottom: float = 0.5) -> go.Figure:
    """Name the rows of `figure`, the first name at the highest y; positions are numbers, so equal names stay two rows."""
    count = len(names)
    return figure.update_yaxes(
        tickvals=list(range(count - 1, -1, -1)),
        ticktext=names,
        range=[-bottom, count - 1 + top],
        gridcolor=GRID,
        griddash="dot",
        ticklabelstandoff=4,
    )
