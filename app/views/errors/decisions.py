"""Where to draw the line: another threshold for a class, and probabilities freed from how frequent the classes were."""

from __future__ import annotations

import numpy as np
import streamlit as st

from app.charts.evaluation import confusion_figure, working_point_figure
from app.charts.figures import draw
from app.views.classroom import leading
from app.views.errors.tables import before_and_after, scores_of
from app.words import percent, plain
from core.data.base import Prepared
from core.evaluation.predictions import Predictions
from core.evaluation.priors import shares_seen, without_priors
from core.evaluation.ranking import precision_recall
from core.evaluation.thresholds import CHOSEN_BY, Decision, best_threshold, decide, halves

FIGURES = ("precision", "recall", "f1", "balanced_accuracy")
LABELS = {"precision": "Precision", "recall": "Recall", "f1": "F1", "balanced_accuracy": "Balanced accuracy"}
EQUAL = 1.05


def decisions_view(found: Predictions, data: Prepared, balance: str) -> None:
    """Draw both; `balance` is that of the run's recipe."""
    st.subheader("Where to draw the line", anchor=False)
    if not found.probable:
        st.info(
            "It was trained with a loss whose outputs are scores and no probabilities, so there is no threshold to move. Train with a "
            "cross-entropy to have one.",
            icon=":material/info:",
        )
        return
    shares = shares_seen(data, balance)
    _threshold(found, int(np.argmin(np.bincount(found.targets, minlength=len(found.class_names)))))
    _priors(found, shares)


@st.fragment
def _threshold(found: Predictions, rare: int) -> None:
    names = found.class_names
    left, right = st.columns([3, 2])
    with left:
        label = st.selectbox(
            "Class",
            range(len(names)),
            index=rare,
            key="errors.threshold.class",
            format_func=lambda one: names[one],
            on_change=leading.changed,
        )
    with right:
        by = st.segmented_control(
            "Best for", list(CHOSEN_BY), key="errors.threshold.by", default="balanced_accuracy", required=True,
            format_func=lambda one: LABELS[one], on_change=leading.changed,
        )  # fmt: skip
    scores, positive = found.scores[:, label], found.targets == label
    first = halves(found.targets)
    best = best_threshold(scores[first], positive[first], by)
    curve = precision_recall(scores[~first], positive[~first])
    if best is None or curve is None:
        st.info(
            f"Only {int(positive.sum())} of {len(positive):,} validation rows are {plain(names[label])}: too few to choose a threshold on "
            "one half of them and to judge it on the other. Choose another class, or hold out more rows.",
            icon=":material/search_off:",
        )
        return
    best = float(np.clip(round(best, 3), 0.001, 0.999))
    key = f"errors.threshold.{label}"
    st.session_state.setdefault(key, 0.5)

    def take() -> None:
        st.session_state[key] = best
        leading.changed()

    left, right = st.columns([4, 1], vertical_alignment="bottom")
    with left:
        threshold = st.slider(
            f"Threshold: named {plain(names[label])} from this probability on",
            0.0,
            1.0,
            step=0.001,
            key=key,
            format="%.3f",
            on_change=leading.changed,
        )
    with right:
        st.button(
            f"Take {best:.3f}", on_click=take, width="stretch", icon=":material/adjust:",
            help=f"The threshold with the best {CHOSEN_BY[by]} on the half to choose on.",
        )  # fmt: skip
    judged = positive[~first]
    now, then = decide(found.named[~first] == label, judged), decide(scores[~first] >= threshold, judged)
    _figures(now, then)
    left, right = st.columns(2, gap="large")
    with left:
        other = names[1 - label] if len(names) == 2 else "another"
        draw(
            confusion_figure(then.confusion, (other, names[label]), shares=False),
            "errors.threshold.confusion",
            "Confusion matrix at this threshold: true class down, named class across.",
        )
    with right:
        draw(
            working_point_figure(curve, then, now),
            "errors.threshold.curve",
            "Precision against recall, with the point that this threshold works at.",
        )
    st.caption(
        f"One half of the validation rows chooses ({int(first.sum()):,}, {int(positive[first].sum()):,} of them {plain(names[label])}): there "
        f"{best:.3f} is the best threshold for {CHOSEN_BY[by]}. All figures here are of the other half ({len(judged):,}, {int(judged.sum()):,} "
        "of them): chosen and judged on the same rows, a threshold looks better than it is."
    )


def _figures(now: Decision, then: Decision) -> None:
    """The figures at the threshold, each with its distance from naming the likeliest class."""
    with st.container(horizontal=True):
        for name in FIGURES:
            before, after = getattr(now, name), getattr(then, name)
            moved = f"{after - before:+.3f}" if np.isfinite(before) and np.isfinite(after) else ""
            same = moved in ("+0.000", "-0.000")
            st.metric(
                LABELS[name], f"{after:.3f}" if np.isfinite(after) else "–", "unmoved" if same else moved or None,
                delta_color="off" if same else "normal", delta_arrow="off" if same else "auto",
                help=f"{before:.3f} when the likeliest class is named." if np.isfinite(before) else "It names none at first.",
            )  # fmt: skip


def _priors(found: Predictions, shares: np.ndarray) -> None:
    """Before and after dividing every probability by its class's share in training."""
    seen = shares[shares > 0]
    st.markdown("##### As if all classes were equally frequent")
    if seen.max() <= EQUAL * seen.min():
        st.caption(
            "It was trained on classes in equal numbers already: there is no share to take out of its probabilities."
        )
        return
    corrected = without_priors(found.scores, shares)
    before, after = scores_of(found), scores_of(found, corrected.argmax(axis=1))
    st.dataframe(before_and_after(before, after, found.class_names), hide_index=True, placeholder="–")
    same = (
        f", here the same as a threshold of {shares[1]:.3f} for {plain(found.class_names[1])}"
        if len(shares) == 2
        else ""
    )
    hits = [
        float((scores.recall * scores.support)[scores.support > 0].sum() / len(found.targets))
        for scores in (before, after)
    ]
    st.caption(
        f"Each probability is divided by the share of its class in training ({percent(seen.min())} to {percent(seen.max())}), and the largest "
        f"is named{same}. No row was needed to choose, so this is of all {len(found.targets):,}. Accuracy goes from {percent(hits[0])} to "
        f"{percent(hits[1])}: rare classes are found more often, frequent ones less. It suits a loss in which every row counts alike; class "
        "weights have done it in training. Saerens et al. 2002; Menon et al. 2021."
    )
