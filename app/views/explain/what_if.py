"""Change a sample and see: the model's answer to the changed one beside that to the real one, and how it got there."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial

import numpy as np
import streamlit as st

from app.charts import samples
from app.charts.explain.what_if import outputs_figure, response_figure, series_figure
from app.explainer import asker, explainer
from app.views.explain.exports import show
from app.views.explain.sample import choose_row
from app.views.explain.settings import Asked
from app.views.explain.waiting import answered
from app.words import count, plain
from core.data.base import Prepared
from core.data.tokens.reading import reader_of
from core.explain.baselines import baseline
from core.explain.features import channel_names, column_names, in_units
from core.runtime.explainer import Predictions

SLIDERS = 6
GRID = 41


def what_if(asked: Asked) -> None:
    """Draw the choice of a row, the ways to change it, and what the model says then."""
    row = choose_row(asked)
    data, original = asked.data, asked.data.x_val[row]
    key = f"explain.if.{asked.run.id}.{row}"
    changers: dict[str, Callable[[Prepared, np.ndarray, str], np.ndarray]] = {
        "tabular": _columns, "image": _patch, "sequence": _window, "text": _words,
    }  # fmt: skip
    left, right = st.columns([2, 3], gap="large")
    with left:
        changed = changers[data.kind](data, original, key)
    with right:
        found = _predicted(asked, np.stack([original, changed]), f"{key}.outputs")
        if found is None:
            return
        moved = int((changed != original).sum())
        st.markdown(f"**{_verdict(data, found)}** {count(moved, 'input')} of {original.size:,} changed.")
        show(
            outputs_figure(*_shown(data, found)),
            f"{key}.figure",
            "The model's answers to the real and the changed sample.",
        )
    if data.kind == "tabular":
        _response(asked, changed, key)


def _predicted(asked: Asked, x: np.ndarray, key: str) -> Predictions | None:
    ask = partial(explainer().predictions, asked.run, asked.checkpoint, x, asker=asker())

    return answered(ask, (asked.run.id, asked.checkpoint.step, x.tobytes()), key, "the model's answer")


def _shown(data: Prepared, found: Predictions) -> tuple[tuple[str, ...], np.ndarray, np.ndarray, str]:
    """(names, real, changed, unit) of what is drawn: probabilities or scores of the classes, or the number."""
    if found.probabilities is not None:
        return found.names, found.probabilities[0], found.probabilities[1], "probability"
    if found.scores is not None:
        return found.names, found.scores[0], found.scores[1], "score"
    assert found.predicted is not None
    return (data.target_name,), found.predicted[:1], found.predicted[1:2], data.target_name


def _verdict(data: Prepared, found: Predictions) -> str:
    names, real, changed, unit = _shown(data, found)
    if found.predicted is not None:
        return plain(f"{data.target_name}: {real[0]:.4g} becomes {changed[0]:.4g}.")
    before, after = names[int(real.argmax())], names[int(changed.argmax())]
    old, new = (f"{one.max():.0%}" if unit == "probability" else f"score {one.max():.3g}" for one in (real, changed))
    if before == after:
        return plain(f"It still says {after}: {old} becomes {new}.")
    return plain(f"It changes its mind: {before} ({old}) becomes {after} ({new}).")


def _columns(data: Prepared, original: np.ndarray, key: str) -> np.ndarray:
    """Sliders for some columns, in the units of the data."""
    names = column_names(data)
    everything = in_units(data, np.concatenate([data.x_train, data.x_val]))
    here = in_units(data, original[None])[0]
    chosen = st.multiselect(
        "Columns to change", range(len(names)), default=list(range(min(SLIDERS, len(names)))), format_func=lambda one: names[one],
        key=f"{key}.columns",
    )  # fmt: skip
    changed = here.astype(np.float64).copy()
    for column in chosen:
        values = everything[:, column]
        low, high = float(values.min()), float(values.max())
        if not low < high:
            st.caption(plain(f"{names[column]} is {low:.4g} in every row."))
            continue
        low, high, step = whole_steps(low, high)
        changed[column] = st.slider(
            plain(names[column]), low, high, float(np.clip(here[column], low, high)), step, format="%.4g",
            key=f"{key}.column.{column}",
        )  # fmt: skip
    moved = np.abs(changed - here) > 1e-6 * np.maximum(np.abs(here), 1e-9)
    return np.where(moved, (changed - data.x_mean) / data.x_std, original).astype(original.dtype)


def whole_steps(low: float, high: float) -> tuple[float, float, float]:
    """A range that holds `low` to `high` and a step, all short decimals: the browser rounds others, and loses those at the ends."""
    decimals = 2 - math.floor(math.log10(high - low))
    scale = 10.0**decimals
    return (
        round(math.floor(low * scale) / scale, max(decimals, 0)), round(math.ceil(high * scale) / scale, max(decimals, 0)),
        round(1 / scale, max(decimals, 0)),
    )  # fmt: skip


def _response(asked: Asked, changed: np.ndarray, key: str) -> None:
    """How the answer moves when one column goes through its range, the others held at the changed sample."""
    data, names = asked.data, column_names(asked.data)
    column = st.selectbox(
        "And over the whole range of",
        range(len(names)),
        format_func=lambda one: names[one],
        key=f"{key}.response",
        width=320,
    )
    values = np.concatenate([data.x_train, data.x_val])[:, column]
    grid = np.linspace(values.min(), values.max(), GRID)
    x = np.repeat(changed[None], GRID, axis=0)
    x[:, column] = grid
    found = _predicted(asked, x, f"{key}.curve")
    if found is None:
        return
    mean, spread = (np.broadcast_to(part, data.input_shape)[column] for part in (data.x_mean, data.x_std))
    curves, unit = _curves(data, found)
    show(
        response_figure(
            grid * spread + mean, curves, found.names, names[column], float(changed[column] * spread + mean), values * spread + mean,
            unit,
        ),
        f"{key}.response_figure", f"The model's answer over the range of {names[column]}.",
    )  # fmt: skip
    st.caption(
        "Ticks below are the rows of the data: where there are none, the model was never shown such a sample, and its answer there "
        "means little."
    )


def _curves(data: Prepared, found: Predictions) -> tuple[np.ndarray, str]:
    """The answers (n, outputs) and their unit."""
    if found.predicted is not None:
        return found.predicted[:, None], data.target_name
    if found.scores is not None:
        return found.scores, "score"
    assert found.probabilities is not None
    return found.probabilities, "probability"


def _patch(data: Prepared, original: np.ndarray, key: str) -> np.ndarray:
    """A rectangle of the picture is put to the baseline."""
    _, height, width = original.shape
    rows = st.slider("Rows to blank", 0, height, (height // 3, 2 * height // 3), key=f"{key}.rows")
    columns = st.slider("Columns to blank", 0, width, (width // 3, 2 * width // 3), key=f"{key}.pixels")
    changed = original.copy()
    part = (slice(None), slice(*rows), slice(*columns))
    changed[part] = baseline(data).values[part]
    pictures = samples.pictures(in_units(data, np.stack([original, changed])))
    st.image(pictures, caption=["as it is", "changed"], width=samples.IMAGE_SIDE * 2)
    return changed


def _window(data: Prepared, original: np.ndarray, key: str) -> np.ndarray:
    """Some steps of one channel, or of all, are put to the baseline."""
    steps, channels = original.shape
    names = channel_names(data)
    channel = st.selectbox(
        "Channel",
        [None, *range(channels)],
        format_func=lambda one: "all of them" if one is None else names[one],
        key=f"{key}.channel",
    )
    first, last = st.slider("Steps to level out", 0, steps, (steps // 3, 2 * steps // 3), key=f"{key}.steps")
    changed = original.copy()
    part = (slice(first, last), slice(None) if channel is None else channel)
    changed[part] = baseline(data).values[part]
    drawn = 0 if channel is None else channel
    show(
        series_figure(in_units(data, np.stack([original, changed]))[:, :, drawn], names[drawn]), f"{key}.lines",
        "The series as it is and as it was changed.",
    )  # fmt: skip
    return changed


def _words(data: Prepared, original: np.ndarray, key: str) -> np.ndarray:
    """The text as words to edit, read as the data's own texts were."""
    reader = reader_of(data.vocabulary)
    written = st.text_area("Text", reader.text(original), key=f"{key}.text", height=140, max_chars=4000)
    tokens = reader.ids(written)
    if unknown := reader.unknown(written):
        st.caption(f"Not in its vocabulary, so all alike to the model: {plain(', '.join(unknown[:20]))}.")
    if len(tokens) > len(original):
        st.caption(f"It reads the first {len(original)} tokens only.")
    changed = np.zeros_like(original)
    changed[: min(len(tokens), len(original))] = tokens[: len(original)]
    return changed
