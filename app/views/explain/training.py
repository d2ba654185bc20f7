"""Explanations over training: what the network leaned on at each recorded step, and when it began to."""

from __future__ import annotations

import math
from contextlib import suppress

import pandas as pd
import streamlit as st

from app import state
from app.charts.explain.training import correlation_over_steps, importance_map, importance_over_steps
from app.views.explain.exports import show
from app.views.explain.sample import values_figure
from app.views.explain.settings import Asked
from app.words import count, duration, percent, plain
from core.data.base import Prepared
from core.errors import ClinicError
from core.evaluation.links import output_noun
from core.explain.over_training import (
    Began,
    History,
    after_parent,
    began,
    importance,
    rank_to_final,
    read,
    step_to_step,
)

MOST_BEGAN = 12


def over_training(asked: Asked) -> None:
    """Draw the history of the run's attributions on its fixed samples."""
    history = read(asked.run)
    if "step" in (origin := asked.run.origin()):
        with suppress(ClinicError):  # a parent that is gone, or recorded nothing
            history = after_parent(history, read(state.workspace().run(origin["run"])), int(origin["step"]))
            st.caption(f"Up to step {history.forked_at:,} these are the records of the run that it was forked from.")
    history_view(history, asked.data, asked.link, "explain.training")


def history_view(history: History, data: Prepared, link: str, key: str) -> None:
    """Draw one history: a step to look at, what was used when, and when the reasons settled."""
    st.caption(_how(history))
    if history.withheld:
        st.caption(
            f":material/block: {count(len(history.withheld), 'record')} withheld, since the attributions miss more than a tenth of "
            f"the change in output there (step {', '.join(f'{step:,}' for step in history.withheld[:8])}"
            f"{' …' if len(history.withheld) > 8 else ''})."
        )
    if history.final_withheld:
        st.warning(
            "The newest record is withheld, so the comparison is with the one before it.", icon=":material/warning:"
        )
    steps = history.steps.tolist()
    sizes = importance(history)
    of_target = f"ln of {data.target_name}" if link == "exp" else data.target_name
    unit = f"{output_noun(link)} of the true class" if history.task == "classification" else of_target
    view = st.segmented_control(
        "Chart", ["Importance", "Shares", "Agreement with the end"], default="Importance", required=True, key=f"{key}.view",
        label_visibility="collapsed",
    )  # fmt: skip
    if view == "Importance":
        show(
            importance_over_steps(steps, sizes.sizes, sizes.names, unit, len(history.rows)), f"{key}.importance",
            "Importance of the strongest features at each recorded step.",
        )  # fmt: skip
    elif view == "Shares":
        show(
            importance_map(steps, sizes.sizes, sizes.names, len(history.rows)), f"{key}.shares",
            "Each feature's share of all importance at each recorded step.",
        )  # fmt: skip
    else:
        by_row, _ = rank_to_final(history)
        show(
            correlation_over_steps(steps, by_row, len(history.rows)),
            f"{key}.agreement",
            "Rank correlation with the last record.",
        )
        st.caption(settled(history))
    st.markdown("##### When did it begin to use a feature?")
    st.dataframe(began_table(began(history)[:MOST_BEGAN]), hide_index=True, placeholder="–")
    st.caption(
        "Used: the feature has at least half of an even share in the end, and counts more than what the attributions leave unexplained. "
        "It began at the first recorded step from which on its share never fell below half of its final one."
    )
    _at_a_step(history, data, unit, key)


def _how(history: History) -> str:
    return (
        f"Integrated gradients of the same {count(len(history.rows), 'validation row')} at {count(len(history.steps), 'step')} while it "
        f"trained, for the {'true class' if history.task == 'classification' else 'output'}, compared with {plain(history.baseline)}. "
        f"Recording took {duration(history.seconds)}, {percent(history.share)} of the training; largest gap shown "
        f"{percent(float(history.gaps.max()))}."
    )


def settled(history: History) -> str:
    """In words: from which step on the order of the inputs hardly changed any more."""
    by_row, _ = step_to_step(history)
    calm = [step for step, rho in zip(history.steps.tolist(), by_row, strict=True) if not math.isnan(rho) and rho < 0.9]
    if not calm:
        return "From one record to the next the order of the inputs hardly changed (rank correlation at least 0.9)."
    if calm[-1] == history.steps[-1]:
        return "Its reasons still moved at the last record: rank correlation with the record before below 0.9."
    return f"After step {calm[-1]:,} the order of the inputs hardly changed from record to record (rank correlation at least 0.9)."


def began_table(found: list[Began]) -> pd.DataFrame:
    """One line a feature."""
    return pd.DataFrame(
        {
            "Feature": [one.name for one in found],
            "Share in the end": [percent(one.share) for one in found],
            "Began": [_began(one) for one in found],
        }
    )


def _began(one: Began) -> str:
    if not one.used:
        return "not used"
    if one.after is None:
        return "from the first record on"
    return f"between step {one.after:,} and {one.step:,} (epoch {one.epoch:.3g})"


def _at_a_step(history: History, data: Prepared, unit: str, key: str) -> None:
    """A time slider over one row's attributions."""
    st.markdown("##### One sample over time")
    left, right = st.columns([1, 3])
    with left:
        place = st.selectbox(
            "Validation row",
            range(len(history.rows)),
            format_func=lambda one: f"row {history.rows[one]}",
            key=f"{key}.row",
        )
    with right:
        steps = history.steps.tolist()
        step = (
            st.select_slider("Step", steps, value=steps[-1], format_func=lambda one: f"{one:,}", key=f"{key}.step")
            if len(steps) > 1
            else steps[0]
        )
    at = steps.index(step)
    scale, shift = (data.y_std, data.y_mean) if data.task == "regression" else (1.0, 0.0)
    base = float(history.base_values[at, place]) * scale + shift
    output = float(history.outputs[at, place]) * scale + shift
    of_row = (
        unit if data.task == "regression" else f"{unit.split()[0]} of {data.class_names[int(history.targets[place])]}"
    )
    gap = float(history.gaps[at])
    st.markdown(
        f"At step **{step:,}** {plain(of_row)}: **{plain(f'{output:.3g}')}** ({plain(f'{base:.3g}')} on the baseline; gap {percent(gap)}"
        f"{', read the large values only' if history.amber[at] else ''})."
    )
    values_figure(
        data, history.values[at, place] * scale, base, output, int(history.rows[place]), of_row, f"{key}.local"
    )
