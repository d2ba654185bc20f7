"""The Claims page: the field's folklore put to the test, what held, what did not, and what can't be told."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from app import navigation, state
from app.charts.claims import Row, effects_figure
from app.charts.figures import draw
from app.failures import guard
from app.forms import current
from app.theme import BadgeColour
from app.words import count, number, plain
from core.claims import results
from core.claims.base import ClaimSpec, Number
from core.claims.catalogue import CLAIMS
from core.claims.judge import NOT_RUN, Judgement, briefly, judge
from core.claims.measure import Measured
from core.recipe.codec import to_document

LOOKS: dict[str, tuple[BadgeColour, str]] = {
    "held": ("green", "check"),
    "did not hold": ("orange", "close"),
    "not separable": ("gray", "unknown_med"),
    NOT_RUN: ("gray", "block"),
}
MEANINGS = {
    "held": "The first statement of the claim moved as claimed, by more than chance explains.",
    "did not hold": "It moved the other way, by more than chance explains.",
    "not separable": "These seeds can't tell: the difference may be chance. That is no proof that there is none.",
    NOT_RUN: "What it takes is not part of Gradient Clinic.",
}
UNITS = {
    "steps": ("Steps", "steps saved, in %"),
    "seconds": ("CPU time", "CPU time saved, in %"),
    "points": ("Accuracy, error and calibration", "points of a hundred, positive as claimed"),
    "share": ("Error, as a share of itself", "cut, in %"),
    "loss": ("Loss", "difference in loss, positive as claimed"),
}
Judged = dict[str, tuple[Judgement, ...]]


def page() -> None:
    """Draw the page."""
    st.title("Claims")
    st.caption(
        "What the field tells each other about training, each put to the test here: the same seeds with and without, and an "
        "interval around the difference. One small recipe each, so an answer is about that recipe, not about all of deep learning."
    )
    found = results.read()
    measured = results.measured_in(found)
    if found is None or not measured:
        st.info(
            "The measured table is not part of this installation; `gradclinic claims` makes it.", icon=":material/info:"
        )
        return
    judged = {key: judge(CLAIMS[key], one) for key, one in measured.items()}
    verdicts = {key: _verdict(claim, judged) for key, claim in CLAIMS.items()}
    _counts(verdicts)
    st.subheader("Claim by claim", anchor=False)
    words = [word for word in LOOKS if word in verdicts.values()]
    picked = st.pills("Show", words, selection_mode="multi", key="claims.verdicts", format_func=str.capitalize)
    for key, claim in sorted(CLAIMS.items(), key=lambda item: item[0] != state.query("claim")):  # the asked one first
        if not picked or verdicts[key] in picked:
            _claim(claim, verdicts[key], judged.get(key, ()), measured.get(key))
    _figures(judged)
    st.subheader("How it was measured", anchor=False)
    st.markdown(_method(found, measured))


def _verdict(claim: ClaimSpec, judged: Judged) -> str:
    return results.verdict(judged.get(claim.key, ()))


def _counts(verdicts: dict[str, str]) -> None:
    with st.container(horizontal=True):
        for word, meaning in MEANINGS.items():
            st.metric(word.capitalize(), list(verdicts.values()).count(word), help=meaning)


def _figures(judged: Judged) -> None:
    """The effects of all statements, those in one unit in one figure."""
    rows: dict[str, list[Row]] = {unit: [] for unit in UNITS}
    for key, claim in CLAIMS.items():
        for place, one in enumerate(judged.get(key, ())):
            if one.effect.size == one.effect.size and one.effect.n > 1:
                rows[unit_of(one)].append(_row(claim, place, one))
    st.subheader("The effects", anchor=False)
    st.caption(
        "Dots are what was measured, bars their 95 % intervals, diamonds the size that is claimed. Right of 0 is as claimed; a "
        "bar across 0 may be chance."
    )
    for unit, (title, axis) in UNITS.items():
        if rows[unit]:
            st.markdown(f"**{title}**")
            alt = "; ".join(f"{row.label}: {row.verdict}, {row.size:.3g}" for row in rows[unit])
            draw(effects_figure(tuple(rows[unit]), axis), f"claims.effects.{unit}", alt)


def unit_of(one: Judgement) -> str:
    """Which figure an effect belongs in."""
    if one.statement.number.reaching is not None:
        return one.statement.number.clock
    if one.statement.kind == "ratio":
        return "share"
    return "points" if one.statement.number.is_share else "loss"


def _row(claim: ClaimSpec, place: int, one: Judgement) -> Row:
    scale = 1 if unit_of(one) == "loss" else 100
    effect, size = one.effect, one.statement.size
    arms = f"{claim.arm(one.statement.treated).label} against {claim.arm(one.statement.control).label}"
    label = claim.label if place == 0 else f"{claim.label} ({place + 1})"
    return Row(label, scale * effect.size, scale * effect.low, scale * effect.high, one.direction,
               None if size is None else scale * size, f"{arms}: {one.sentence}")  # fmt: skip


def _claim(claim: ClaimSpec, verdict: str, judged: tuple[Judgement, ...], measured: Measured | None) -> None:
    colour, icon = LOOKS[verdict]
    old = measured is not None and results.outdated(claim, measured)
    outdated = " :violet-badge[:material/history: outdated]" if old else ""
    with st.expander(
        f":{colour}-badge[:material/{icon}: {verdict}]{outdated} **{plain(claim.label)}** {plain(briefly(judged[0]) if judged else '')}",
        expanded=state.query("claim") == claim.key,
    ):
        st.markdown(f"*{plain(claim.summary)}*")
        if old:
            st.caption("The claim asks something else by now than when it was measured.")
        for one in judged:
            _statement(one)
        if claim.not_run:
            st.markdown(f"Not run: {plain(claim.not_run)}")
        st.markdown(plain(f"{claim.article} {claim.caution}".strip()))
        if measured is not None:
            _details(claim, measured)


def _statement(one: Judgement) -> None:
    colour, icon = LOOKS[one.direction]
    size = ""
    if one.size is not None:
        shade, shape = LOOKS[one.size]
        words = {"held": "size held", "did not hold": "size did not hold", "not separable": "size not separable"}[
            one.size
        ]
        size = f" :{shade}-badge[:material/{shape}: {words}]"
    st.markdown(
        f"- {plain(one.statement.words)} :{colour}-badge[:material/{icon}: {one.direction}]{size}  \n  {plain(one.sentence)}"
    )


def _details(claim: ClaimSpec, measured: Measured) -> None:
    for num in claim.numbers:
        st.caption(f"{plain(num.words).capitalize()}, by seed")
        st.dataframe(
            seeds_table(claim, measured, num), hide_index=True, placeholder="never" if num.reaching else "diverged"
        )
    for tuned_key, tuned in measured.tuned.items():
        tried = ", ".join(
            f"{value:g} ({number(score, 3) if score is not None else 'lost'})" for value, score in tuned["tried"]
        )
        st.caption(
            plain(
                f"{claim.arm(tuned_key).label}: {tuned['setting']} {tuned['taken']:g} was best of {tried} on two other seeds."
            )
        )
    st.markdown("Open an arm's recipe in New run:")
    with st.container(horizontal=True):
        for arm in claim.arms:
            if st.button(plain(arm.label), icon=":material/edit_note:", key=f"claims.open.{claim.key}.{arm.key}"):
                with guard():
                    current.load(arm_document(claim, measured, arm.key))
                    navigation.go("train")
    st.caption(f"Again, here: `gradclinic claims {claim.key}`")


def arm_document(claim: ClaimSpec, measured: Measured, key: str) -> dict[str, Any]:
    """The recipe of one arm with what it was tuned to, as a document."""
    tuned = measured.tuned.get(key)
    arm = claim.arm(key)
    changes = {"name": f"{claim.label}: {arm.label}", **({tuned["setting"]: tuned["taken"]} if tuned else {})}
    return to_document(arm.with_changes(changes).recipe(claim.base))


def seeds_table(claim: ClaimSpec, measured: Measured, num: Number) -> pd.DataFrame:
    """One row an arm, one column a seed."""
    rows = measured.values[num.key]
    scale = 100 if num.is_share else 1
    table: dict[str, list[Any]] = {"Arm": [claim.arm(key).label for key in rows]}
    for place, seed in enumerate(measured.seeds):
        values = [row[place] for row in rows.values()]
        table[f"Seed {seed}"] = [None if value is None else float(f"{scale * value:.4g}") for value in values]
    return pd.DataFrame(table)


def _method(found: dict[str, Any], measured: dict[str, Measured]) -> str:
    trainings = sum(len(one.seeds) * len(one.steps) for one in measured.values())
    minutes = sum(one.cpu_seconds for one in measured.values()) / 60
    versions, machine = found["versions"], found["machine"]
    return (
        f"{count(len(measured), 'claim')}, {count(trainings, 'judged training')} and those of the tuning, {minutes:.0f} minutes of "
        f"CPU time on one thread ({machine['processor']}, PyTorch {versions['torch']}, {found['date']}). Recipes were tried "
        "out, and tuned settings chosen, on other seeds than those that judge; where the best of a grid stood at its edge, the grid "
        "was widened and the claim run again. Each arm is trained with the same seeds, hence on the same "
        "split and the same batches, and the differences are taken seed by seed. Training time is counted in steps; only "
        "where the arms' steps cost differently, in seconds of CPU on the machine that measured. The intervals are paired t-intervals for 95 %, of the logarithms for a ratio; a seed that diverges or never gets "
        "there counts as the worst, and an exact sign test over all seeds decides, which takes at least six. Of twenty claims "
        "without any effect one would seem to hold, or not to: each is judged by itself.\n\n"
        "What this does not say: a claim that holds here holds for this recipe. One that does not may hold on larger networks, "
        "more rows, other tasks. `gradclinic claims` runs it all again, `gradclinic claims --list` lists the keys."
    )
