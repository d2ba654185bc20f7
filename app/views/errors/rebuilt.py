"""The errors of a reconstruction: figures, known anomalies, inputs beside what became of them, the worst rows."""

from __future__ import annotations

import numpy as np
import pandas as pd
import streamlit as st

from app.charts.figures import draw
from app.charts.rebuilt import curve_pair, errors_figure, found_figure, in_units, picture_pairs
from app.charts.samples import IMAGE_SIDE
from app.words import count, number, plain
from core.data.base import Prepared
from core.evaluation.reconstruction import Rebuilt, linear_code
from core.recipe.parts import Recipe

PICTURES, CURVES, ROWS = 16, 4, 50
WIDEST = 1_000  # values for which principal components are worked out


def rebuilt_view(found: Rebuilt, data: Prepared, recipe: Recipe) -> None:
    """Draw everything about a reconstruction."""
    _headline(found, data, recipe)
    curves = found.found
    left, right = st.columns(2, gap="large")
    with left:
        st.subheader("How large the errors are", anchor=False)
        draw(errors_figure(found), "errors.rebuilt", "Histogram of the error of each row.")
    with right:
        if curves is not None:
            st.subheader("Do the odd rows stand out?", anchor=False)
            draw(found_figure(curves[0], curves[2]), "errors.found", "ROC of the error as a sign of an anomaly.")
        elif data.labels_val is not None:
            st.subheader("Class by class", anchor=False)
            st.dataframe(
                class_errors(found, data), hide_index=True, height="content" if len(data.label_names) <= 12 else 320
            )
            st.caption("The classes played no part in training.")
    if curves is not None:
        st.caption(
            anomaly_sentence(curves[0].area, curves[2].area, curves[1].area, curves[0].positives, curves[0].negatives)
        )
    worst = found.worst()
    st.subheader("Inputs, and what was made of them", anchor=False)
    usual = np.flatnonzero(~found.apart)
    _samples(found, data, usual[np.linspace(0, len(usual) - 1, min(len(usual), PICTURES)).astype(int)], "usual")
    st.subheader("Rebuilt worst", anchor=False)
    st.caption(
        "The rows with the largest error. A row unlike those it learned from is rebuilt badly, whatever the reason."
    )
    _samples(found, data, worst[:ROWS], "worst")


def _headline(found: Rebuilt, data: Prepared, recipe: Recipe) -> None:
    curves = found.found
    with st.container(horizontal=True):
        st.metric("R²", number(found.r2), help="Of the validation rows, each value against its mean: 1 is perfect.")
        code = recipe.model.params.get("code")
        if code is not None and data.outputs <= WIDEST:
            st.metric(
                f"R² of {code} principal components", number(linear_code(data, int(code))),
                help="What a linear code of as many numbers gives on the same rows: the yardstick for a bent one.",
            )  # fmt: skip
        st.metric("Median error of a row", number(float(np.median(found.errors[~found.apart])), 3),
            help="Mean squared error over the values of a row, scaled as the model sees them.")  # fmt: skip
        if curves is not None:
            st.metric(
                "ROC AUC of anomalies",
                f"{curves[0].area:.3f}",
                help="The chance that an anomaly has a larger error than a usual row.",
            )
            st.metric(
                "Average precision",
                f"{curves[1].area:.3f}",
                help="Precision over recall; guessing gives the share of anomalies.",
            )


def anomaly_sentence(error: float, distance: float, precision: float, anomalies: int, usual: int) -> str:
    """What the error is worth as a sign of an anomaly, beside a sign that needs no network."""
    said = (
        f"The error of an anomaly is larger than that of a usual row in {100 * error:.1f} of 100 pairs (average precision "
        f"{precision:.2f}, guessing {anomalies / (anomalies + usual):.2f}); the plain distance from the average row manages "
        f"{100 * distance:.1f}."
    )
    if error <= distance + 0.005:
        return f"{said} So here the network is not needed to find them."
    return said


def class_errors(found: Rebuilt, data: Prepared) -> pd.DataFrame:
    """Rows and mean error of each class, the worst first."""
    assert data.labels_val is not None
    errors, rows = found.errors[~found.apart], np.bincount(data.labels_val, minlength=len(data.label_names))
    means = np.bincount(data.labels_val, errors, minlength=len(data.label_names)) / np.maximum(rows, 1)
    table = pd.DataFrame({"Class": list(data.label_names), "Mean error": means.round(4), "Rows": rows})
    return table.sort_values("Mean error", ascending=False)


def _samples(found: Rebuilt, data: Prepared, rows: np.ndarray, key: str) -> None:
    said = [f"{_name(found, data, row)} ({number(float(found.errors[row]), 2)})" for row in rows]
    if data.kind == "image":
        pairs = picture_pairs(found, data, rows[:PICTURES])
        st.image(pairs, caption=[plain(text) for text in said[:PICTURES]], width=IMAGE_SIDE)
        st.caption("Above the input, below what was rebuilt; in brackets the error.")
    elif data.kind == "sequence":
        for place, column in zip(range(min(CURVES, len(rows))), [*st.columns(2), *st.columns(2)], strict=False):
            with column:
                st.caption(plain(said[place]))
                draw(
                    curve_pair(found, data, int(rows[place])),
                    f"errors.{key}.{place}",
                    "A series and its reconstruction.",
                )
        if data.input_shape[-1] > 1:
            st.caption(f"Drawn is the first of {count(data.input_shape[-1], 'channel')}.")
    else:
        st.dataframe(row_pairs(found, data, rows[: ROWS if key == "worst" else 8], said), hide_index=True, height=320)


def row_pairs(found: Rebuilt, data: Prepared, rows: np.ndarray, said: list[str]) -> pd.DataFrame:
    """Two lines for each row: its values, and what was rebuilt."""
    names = list(data.feature_names) or [f"value {i + 1}" for i in range(found.inputs.shape[1])]
    lines = np.stack([in_units(found.inputs[rows], data), in_units(found.outputs[rows], data)], axis=1)
    table = pd.DataFrame(lines.reshape(2 * len(rows), -1), columns=names).map(lambda value: float(f"{value:.4g}"))
    table.insert(0, "Row (error)", [text for one in said[: len(rows)] for text in (one, "rebuilt")])
    return table


def _name(found: Rebuilt, data: Prepared, row: int) -> str:
    if found.apart[row]:
        return "known anomaly"
    if data.labels_val is not None and data.x_apart is None:
        return data.label_names[int(data.labels_val[row])]
    return f"row {row}"
