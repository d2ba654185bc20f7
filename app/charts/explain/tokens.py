"""Words coloured by what they did to the output.

This is HTML and not a Plotly figure: only the browser knows how wide a word is, so only it can break the lines of a text
at every width of a page; text in HTML can also be selected, enlarged and read aloud. A waterfall of the same values is the
figure to export where one is wanted.
"""

from __future__ import annotations

import html
from collections.abc import Sequence

import numpy as np

from app.charts.explain.colours import DOWN, NEGATIVE, POSITIVE, UP, faded, limit_of
from app.charts.explain.labels import counted, number

STRONGEST = 0.5  # opacity of the largest |value|; text stays readable on it in both schemes


def token_bar(words: Sequence[str], values: np.ndarray, unit: str, *, limit: float | None = None) -> str:
    """The words in reading order, each on a ground of its colour, as HTML for `st.html` or an exported page.

    A reader can conclude which words raised the output (orange, underlined) and which lowered it (blue, dotted), and read
    them where they stand; the value of each shows under the pointer. Words are escaped, so none can bring markup of its
    own. values (words,); `limit` is where the colour is full, else the largest |value|, and the line above says it.
    """
    top = limit or limit_of(values)
    spans = [_span(word, float(value), top) for word, value in zip(words, values, strict=True)]
    ends = f"{DOWN} {number(-top)}", f"{UP} {number(top, signed=True)}"
    scale = (
        f'<div style="display:flex;align-items:center;gap:0.5em;font-size:0.8em;margin-bottom:0.6em;flex-wrap:wrap">'
        f"<span>{html.escape(unit)} (1 sample, {counted(len(words), 'word')})</span>"
        f'<span style="white-space:nowrap">{ends[0]} <span style="display:inline-block;width:7em;height:0.7em;'
        f"vertical-align:middle;background:linear-gradient(90deg,{faded(NEGATIVE, STRONGEST)},transparent,"
        f'{faded(POSITIVE, STRONGEST)})"></span> {ends[1]}</span></div>'
    )
    return f'{scale}<div style="line-height:2.1;overflow-wrap:anywhere">{" ".join(spans)}</div>'


def _span(word: str, value: float, top: float) -> str:
    """One word."""
    known = float(np.nan_to_num(value, nan=0.0, posinf=top, neginf=-top))
    share = min(abs(known) / top, 1.0)
    told = html.escape(f"{word}: {number(value, signed=True)}")
    style = "padding:0.15em 0.2em;border-radius:0.25em"
    if share >= 0.02:
        colour, line = (POSITIVE, "solid") if known > 0 else (NEGATIVE, "dotted")
        style += f";background:{faded(colour, STRONGEST * share)};border-bottom:2px {line} {faded(colour, share)}"
    return f'<span style="{style}" title="{told}">{html.escape(word)}</span>'
