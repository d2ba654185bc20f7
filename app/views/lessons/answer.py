"""The measured answer of a lesson: the prediction, the numbers of this visitor's trainings, the claims they bear out."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import pandas as pd
import streamlit as st

from app.views.lessons import address, experiment
from app.views.lessons.address import Place
from app.words import plain
from core.lessons.evidence import Evidence
from core.lessons.judge import Judged, Values, filled, judge, mean_of, mean_shown, shown, values_of
from core.lessons.measures import MEASURES
from core.lessons.schema import Lesson
from core.store.status import run_status
from core.store.workspace import Run


def show(lesson: Lesson, place: Place, runs: list[Run]) -> None:
    """Draw what was measured, and what it says about the prediction."""
    with st.spinner("Reading your numbers …"):
        found = experiment.evidence(lesson, runs)
        values = values_of(lesson, found)
    if lesson.experiment.kind == "live" and (told := _unchanged(found)):
        st.warning(f"{told} Run it again below.", icon=":material/touch_app:")
        return
    missing = _missing(lesson, values)
    if missing:
        _say_missing(lesson, missing, runs)
        return
    judged = judge(lesson, values)
    as_usual = all(one.holds for one in judged)
    _verdict(lesson, place, as_usual)
    st.markdown(filled(lesson, values))
    st.dataframe(table(lesson, values))
    _claims(judged)
    right = as_usual and place.guess - 1 == lesson.prediction.right
    address.done().setdefault(lesson.key, {})["right"] = right


def _unchanged(found: Sequence[Evidence]) -> str:
    """What is wanting before the change of a live lesson can be measured; empty when nothing is."""
    if all(one.change_step() is None for one in found):
        return "The run was over before you changed anything: press the button while it trains."
    if any(math.isnan(loss) for one in found for loss in one.around_change()):
        return "The change needs one epoch before it and two after it, and the run ended too soon for that."
    return ""


def _missing(lesson: Lesson, values: Values) -> list[str]:
    """Arms without a value of each measure."""
    return [name for name in lesson.arm_names if not all(values[key][name] for key in values)]


def _say_missing(lesson: Lesson, missing: list[str], runs: list[Run]) -> None:
    reasons = [status.reason for status in map(run_status, runs) if status.word == "failed" and status.reason]
    said = f"{plain(', '.join(missing))} did not train to an end, so there is nothing to compare. "
    st.warning(said + plain(" ".join(reasons)) + " Run it again below.", icon=":material/warning:")


def _verdict(lesson: Lesson, place: Place, as_usual: bool) -> None:
    prediction = lesson.prediction
    right = prediction.options[prediction.right]
    if not as_usual:
        st.warning(
            "Your numbers came out otherwise than usual, so they don't settle the prediction; see below which claim failed. "
            f"Usually it is: **{right}**. Another seed may tell more.",
            icon=":material/casino:",
        )
    elif place.guess - 1 == prediction.right:
        st.success(f"You predicted it: **{right}**", icon=":material/check_circle:")
    else:
        st.info(
            f"You predicted “{prediction.options[place.guess - 1].rstrip('.')}”. It was: **{right}**",
            icon=":material/lightbulb:",
        )


def table(lesson: Lesson, values: Values) -> pd.DataFrame:
    """One row for each measure, one column for each arm: the mean over seeds with the lowest and the highest."""
    return pd.DataFrame(
        {name: [_cell(key, values[key][name]) for key in values] for name in lesson.arm_names},
        index=pd.Index([MEASURES[key].label for key in values], name="Measured"),
    )


def _cell(key: str, by_seed: Mapping[int, float]) -> str:
    measure, numbers = MEASURES[key], list(by_seed.values())
    if len(numbers) == 1:
        return shown(measure, numbers[0])
    known = [number for number in numbers if not math.isnan(number)]
    if len(known) < len(numbers):
        return mean_shown(measure, by_seed)
    return f"{shown(measure, mean_of(by_seed))} ({shown(measure, min(known))} to {shown(measure, max(known))})"


def _claims(judged: list[Judged]) -> None:
    """What this lesson claims, and on how many seeds it held here."""
    with st.expander(
        "What this lesson claims, held against your numbers", expanded=not all(one.holds for one in judged)
    ):
        for one in judged:
            mark = ":green[:material/check:]" if one.holds else ":orange[:material/close:]"
            st.markdown(f"{mark} {plain(one.sentence)}: held on {one.held} of {one.of} seeds.")
        st.caption("Each claim was tested on three seeds before it was written here.")
