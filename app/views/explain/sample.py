"""One sample explained: the choice of a row, the attributions drawn as its kind asks, live while training goes on."""

from __future__ import annotations

import numpy as np
import streamlit as st

from app import state
from app.charts import samples
from app.charts.explain.force import force_bar
from app.charts.explain.local import push_bars, waterfall
from app.charts.explain.pictures import image_overlay
from app.charts.explain.series import series_shading
from app.charts.explain.tokens import token_bar
from app.views.explain.answer import explained
from app.views.explain.exports import show, values_download
from app.views.explain.settings import Asked
from app.views.explain.words import in_units, said_of, spread_rows
from app.words import count, number, percent, plain
from core.data.base import Prepared
from core.evaluation.links import output_noun
from core.explain.features import channel_names, column_names, in_words
from core.explain.features import in_units as rows_in_units
from core.explain.result import Explanation
from core.explain.trust.completeness import WITHHELD

COMPANIONS = 9  # other rows on which the checks are made too: one row settles little


def sample(asked: Asked) -> None:
    """Draw the choice of a row and its explanation."""
    row = choose_row(asked)
    found = one_row(asked, row, "explain.sample")
    if found is not None:
        local_figure(asked.data, found, row, asked.link, "explain.sample")
        values_download(asked.data, found, with_companions(asked, row), "explain.sample")


def choose_row(asked: Asked) -> int:
    """Draw the choice of a validation row, which the address remembers."""
    last = len(asked.data.x_val) - 1
    key = f"explain.row.{asked.run.id}"
    if key not in st.session_state:
        wanted = state.query("row")
        st.session_state[key] = min(int(wanted), last) if wanted.isdecimal() and len(wanted) < 10 else 0
    with st.container(horizontal=True, vertical_alignment="bottom"):
        row = st.number_input(f"Validation row (0 to {last})", 0, last, key=key, width=240, persist_state="session")
        st.button(
            "Another", icon=":material/casino:", on_click=_another, args=(key, last), help="A row drawn at random."
        )
    return int(row)


def _another(key: str, last: int) -> None:
    st.session_state[key] = int(np.random.default_rng().integers(0, last + 1))


def one_row(asked: Asked, row: int, key: str) -> Explanation | None:
    """The explanation of `row`, the first of its rows, checked on others too; None while there is nothing to show."""
    return explained(asked, with_companions(asked, row), key)


def with_companions(asked: Asked, row: int) -> tuple[int, ...]:
    """`row` and the others that its explanation is checked on."""
    return (row, *[other for other in spread_rows(asked.data, COMPANIONS + 1) if other != row][:COMPANIONS])


def local_figure(data: Prepared, found: Explanation, row: int, link: str, key: str) -> None:
    """Draw the attributions of the first explained row, validation row `row`, with what the model says of it."""
    units = in_units(data, found.attribution, link)
    unit = (
        units.unit
        if data.task == "regression"
        else f"{output_noun(link)} of {data.class_names[int(found.attribution.target[0])]}"
    )
    values, output = units.values[0], float(units.output[0])
    base = None if units.base is None else float(units.base[0])
    st.markdown(
        f"**Row {row}** {plain(said_of(data, found, 0, row, link))}. Explained: {plain(unit)}, {plain(number(output))} here."
    )
    own_gap = None if found.attribution.gap is None else float(found.attribution.gap[0])
    if own_gap is not None and own_gap > WITHHELD:
        st.warning(
            f"Withheld: on this row the values miss {percent(own_gap)} of the usual change in output, though not on most others; "
            "choose another method, or another row.",
            icon=":material/block:",
        )
        return
    if found.attribution.layer:
        names = [f"unit {place}" for place in range(values.size)]
        show(push_bars(values.ravel(), names, [""] * values.size, unit), f"{key}.units", "The units of the layer.")
        return
    values_figure(data, values, base, output, row, unit, key)
    if data.kind != "tabular" and base is not None:
        rest = output - base - float(values.sum())
        st.caption(
            f"{number(base)} on the baseline, {number(float(values.sum()), 3)} by the attributions, {number(rest, 2)} unexplained: "
            f"{number(output)}."
        )


def values_figure(
    data: Prepared, values: np.ndarray, base: float | None, output: float, row: int, unit: str, key: str
) -> None:
    """Draw attributions (*shape) of validation row `row`, in `unit`, as the kind of the data asks."""
    if data.kind == "tabular":
        _columns(data, values, base, output, row, unit, key)
    elif data.kind == "image":
        _picture(data, values, row, unit, key)
    elif data.kind == "sequence":
        series = rows_in_units(data, data.x_val[row : row + 1])[0]
        show(
            series_shading(series, values, channel_names(data), unit),
            f"{key}.series",
            "The series over its attributions.",
        )
    else:
        _text(data, values, row, unit)


def _columns(
    data: Prepared, values: np.ndarray, base: float | None, output: float, row: int, unit: str, key: str
) -> None:
    names = column_names(data)
    shown = [in_words(value) for value in rows_in_units(data, data.x_val[row : row + 1])[0]]
    if base is None:
        show(push_bars(values, names, shown, unit), f"{key}.pushes", "The attribution of each column, largest first.")
        return
    view = st.segmented_control(
        "View",
        ["Waterfall", "Force"],
        default="Waterfall",
        required=True,
        key=f"{key}.view",
        label_visibility="collapsed",
    )
    if view == "Force":
        show(force_bar(values, base, output, names, shown, unit), f"{key}.force", "All pushes on one bar.")
    else:
        show(
            waterfall(values, base, output, names, shown, unit), f"{key}.waterfall",
            "From the base value to the output, column by column, the largest push on top.",
        )  # fmt: skip


def _picture(data: Prepared, values: np.ndarray, row: int, unit: str, key: str) -> None:
    opacity = st.slider("Opacity", 0.0, 1.0, 0.7, 0.05, key=f"{key}.opacity", width=320)
    image = rows_in_units(data, data.x_val[row : row + 1])[0]
    left, right = st.columns([1, 3], gap="large")
    with left:
        st.image(samples.pictures(image[None])[0], caption="as it is", width=samples.IMAGE_SIDE * 2)
    with right:
        show(image_overlay(image, values, unit, opacity=opacity), f"{key}.image", "The picture under its attributions.")


def _text(data: Prepared, values: np.ndarray, row: int, unit: str) -> None:
    tokens = data.x_val[row]
    words = [data.vocabulary[int(token)] for token in tokens]
    kept = [place for place, token in enumerate(tokens) if token]
    if not kept:
        st.info("This text has no word that the model knows.")
        return
    st.html(token_bar([words[place] for place in kept], values[kept], unit))
    if len(kept) < len(tokens):
        st.caption(f"{count(len(tokens) - len(kept), 'place')} of padding are not shown.")
