"""The errors of a regression: figures, outputs against targets, residuals, the rows that are furthest off."""

from __future__ import annotations

import streamlit as st

from app.charts.evaluation import agreement_figure, residuals_figure
from app.charts.figures import draw
from app.views.errors.samples import wrong_samples
from app.views.errors.tables import metrics_table
from app.words import number
from core.data.base import Prepared
from core.evaluation.predictions import Predictions, most_wrong
from core.evaluation.residuals import Residuals, residuals


def numbers_view(found: Predictions, data: Prepared, address: dict[str, str]) -> None:
    """Draw everything about a regression; `address` is that of its run and step."""
    off = residuals(found)
    with st.container(horizontal=True):
        st.metric("Mean absolute error", number(off.mae), help=f"In the units of {data.target_name}.")
        st.metric("Root mean square error", number(off.rmse), help="Large errors count more.")
        st.metric("R²", number(off.r2), help="1 is perfect; 0 is no better than the mean of these rows.")
        st.metric("Bias", number(off.bias, 3), f"± {number(off.bias_error, 2)}", delta_color="off", delta_arrow="off",
            help="Mean of output minus target, with its standard error.")  # fmt: skip
    left, right = st.columns(2, gap="large")
    with left:
        st.subheader("Output against target", anchor=False)
        draw(agreement_figure(found, data.target_name), "errors.agreement", "Output against target, one dot a row.")
    with right:
        st.subheader("Residuals", anchor=False)
        draw(residuals_figure(off, data.target_name), "errors.residuals", "Histogram of output minus target.")
    st.caption(bias_sentence(off))
    with st.expander("Every metric"):
        st.dataframe(metrics_table({"Value": found}), hide_index=True, placeholder="–")
    st.subheader("Most wrong", anchor=False)
    rows = most_wrong(found)
    said = [f"{number(found.outputs[row, 0])} for {number(found.targets[row])}" for row in rows]
    st.caption("The rows that are furthest off: the output, and the target.")
    wrong_samples(data, rows, said, "Output for target", address)


def bias_sentence(off: Residuals) -> str:
    """Whether the outputs are too large or too small on the whole."""
    if not abs(off.bias) > 2 * off.bias_error:
        return "On the whole its outputs are neither too large nor too small (orange line: the mean residual)."
    side = "large" if off.bias > 0 else "small"
    return f"On the whole its outputs are too {side} by {number(abs(off.bias), 3)} (orange line: the mean residual)."
