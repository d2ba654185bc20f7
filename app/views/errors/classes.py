"""The errors of a classification: figures, confusion matrix, classes, curves, calibration, most wrong samples."""

from __future__ import annotations

import numpy as np
import streamlit as st

from app.charts.evaluation import confidence_figure, confusion_figure, curves_figure, reliability_figure
from app.charts.figures import draw
from app.views.errors.decisions import decisions_view
from app.views.errors.samples import wrong_samples
from app.views.errors.tables import class_table, metrics_table
from app.words import count, percent
from core.data.base import Prepared
from core.diagnosis.accuracy import interval
from core.evaluation.calibration import Calibration, calibration
from core.evaluation.confusion import ClassScores, class_scores, confusion_matrix, worst_confusions
from core.evaluation.metrics.measure import measure
from core.evaluation.predictions import Predictions, most_wrong
from core.evaluation.ranking import Curve, macro, one_vs_rest

OFFERED = 12


def classes_view(found: Predictions, data: Prepared, balance: str, address: dict[str, str]) -> None:
    """Draw everything about a classification; `balance` is its recipe's, `address` that of its run and step."""
    names, n = found.class_names, len(found.targets)
    confusion = confusion_matrix(found.targets, found.named, len(names))
    scores = class_scores(confusion)
    sure = calibration(found.scores, found.targets) if found.probable else None
    curves = {kind: one_vs_rest(found.scores, found.targets, kind) for kind in ("roc", "pr")}
    means = {kind: macro(curves[kind], kind) for kind in curves}
    _headline(found, scores, sure, means["roc"])
    left, right = st.columns(2, gap="large")
    with left:
        st.subheader("Taken for", anchor=False)
        shares = st.segmented_control(
            "Cells", ["Rows", "Shares"], default="Rows", key="errors.cells", required=True, label_visibility="collapsed"
        )
        draw(
            confusion_figure(confusion, names, shares=shares == "Shares"),
            "errors.confusion",
            "Confusion matrix: true class down, named class across.",
        )
    with right:
        st.subheader("Every metric", anchor=False)
        st.dataframe(
            metrics_table({"Value": found}).drop(columns="What it says"),
            hide_index=True,
            height="content",
            placeholder="–",
        )
        st.caption("Those that each class has are means over classes. The Catalogue has the formulas.")
    st.subheader("Class by class", anchor=False)
    table = class_table(scores, measure(found), names)
    st.dataframe(table, hide_index=True, height="content" if len(names) <= 12 else 440, placeholder="–")
    st.caption(
        "Recall: of the rows that are, how many it found. Precision: of the rows named so, how many are. F1: their harmonic mean. "
        "A class with few rows has uncertain figures; a dash means that it was never named, or has no row, and counts 0 in "
        "a mean of recall, precision or F1."
    )
    _curves(found, curves, means, n)
    decisions_view(found, data, balance)
    _confidence(sure)
    st.subheader("Most wrong", anchor=False)
    _most_wrong(found, data, confusion, address)


def _confidence(sure: Calibration | None) -> None:
    st.subheader("Is it as sure as it should be?", anchor=False)
    if sure is None:
        st.info(
            "It was trained with a loss whose outputs are scores and no probabilities, so there is no confidence to judge. "
            "Train with a cross-entropy to have one.",
            icon=":material/info:",
        )
        return
    left, right = st.columns(2, gap="large")
    with left:
        draw(reliability_figure(sure), "errors.reliability", "Share of right answers against confidence, by bin.")
    with right:
        draw(confidence_figure(sure), "errors.confidence", "Rows in each bin of confidence.")
    st.caption(calibration_sentence(sure))


def _headline(found: Predictions, scores: ClassScores, sure: Calibration | None, mean: Curve | None) -> None:
    n, hits = len(found.targets), int((~found.wrong).sum())
    low, high = interval(hits, n)
    with st.container(horizontal=True):
        st.metric(
            "Accuracy", percent(hits / n), f"{hits:,} of {n:,} ({percent(low)} to {percent(high)})", delta_color="off",
            delta_arrow="off", help="With a 95 % interval (Wilson) for rows drawn like these.",
        )  # fmt: skip
        st.metric("Macro F1", f"{scores.macro_f1:.3f}", help="The mean F1 of the classes, each counted alike.")
        st.metric(
            "Macro ROC AUC", f"{mean.area:.3f}" if mean else "–",
            help="The mean over classes of the chance that a row of the class scores above a row of another.",
        )  # fmt: skip
        st.metric(
            "Calibration error", percent(sure.error) if sure else "–",
            f"by chance {percent(sure.by_chance)}" if sure else "scores, no probabilities", delta_color="off", delta_arrow="off", help="Expected calibration error, and what a perfectly calibrated model would show.",
        )  # fmt: skip


def _curves(found: Predictions, curves: dict[str, list[Curve | None]], means: dict[str, Curve | None], n: int) -> None:
    st.subheader("Each class against the rest", anchor=False)
    titles = {
        "roc": "ROC; in the legend the area under it",
        "pr": "Precision and recall; in the legend the average precision",
    }
    for column, kind in zip(st.columns(2, gap="large"), titles, strict=True):
        mean = means[kind]
        with column:
            if mean is None:
                st.info("All validation rows are of one class, so there is no curve to draw.")
                return
            st.caption(titles[kind])
            draw(curves_figure(curves[kind], mean, found.class_names, kind, n), f"errors.{kind}", f"{titles[kind]}.")
    drawn, absent = sum(curve is not None for curve in curves["roc"]), sum(curve is None for curve in curves["roc"])
    if drawn > 8:
        st.caption(f"Of {drawn} classes the eight with the smallest area are drawn; the macro mean is over all.")
    if absent:
        st.caption(f"{count(absent, 'class', 'classes')} without a validation row can't be drawn.")


def calibration_sentence(sure: Calibration) -> str:
    """What the calibration error means, with its bias."""
    chance = (
        f"a perfectly calibrated model would show {percent(sure.by_chance)} on as many rows by chance alone, and in one of twenty "
        f"cases more than {percent(sure.by_chance_high)}"
    )
    said = f"Expected calibration error {percent(sure.error)} in {len(sure.rows)} bins. The figure is biased upward: {chance}."
    if sure.error <= sure.by_chance_high:
        return f"{said} So nothing speaks against its confidence here."
    return f"{said} It is {'over' if sure.overconfident else 'under'}confident."


def _most_wrong(found: Predictions, data: Prepared, confusion: np.ndarray, address: dict[str, str]) -> None:
    rows = most_wrong(found)
    if not len(rows):
        st.success("No validation row is named wrongly.", icon=":material/check:")
        return
    pairs = [None, *worst_confusions(confusion, OFFERED)]
    names = found.class_names
    chosen = st.selectbox(
        "Errors",
        range(len(pairs)),
        format_func=lambda place: (
            f"all {len(rows):,} errors"
            if (pair := pairs[place]) is None
            else f"{names[pair[0]]} taken for {names[pair[1]]} ({pair[2]:,})"
        ),
        key=f"errors.most.{address['run']}.{address['step']}",
    )
    if pair := pairs[chosen]:
        rows = rows[(found.targets[rows] == pair[0]) & (found.named[rows] == pair[1])]
    best = found.scores[rows, found.named[rows]]
    of_best = [percent(one, 0) if found.probable else f"score {one:.3g}" for one in best]
    said = [
        f"{names[found.targets[row]]} taken for {names[found.named[row]]} ({sure})"
        for row, sure in zip(rows, of_best, strict=True)
    ]
    if found.probable:
        st.caption("The least probable true class first; in brackets how sure it was of its error.")
    else:
        st.caption("Those first whose true class lies furthest behind; in brackets the score of the class named.")
    wrong_samples(data, rows, said, "Error", address)
