"""What a lesson's trainings came to: values by arm and seed, claims that held, and the answer in the visitor's own numbers."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from core.lessons.evidence import Evidence
from core.lessons.measures import MEASURES, Measure
from core.lessons.schema import PLACEHOLDER, Claim, Exercise, Lesson
from core.recipe.codec import to_document
from core.recipe.parts import Recipe

Values = dict[str, dict[str, dict[int, float]]]
"""Values[measure][arm][seed]."""
_SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


@dataclass(frozen=True)
class Judged:
    """A claim held against the numbers: it `held` on so many `of` the seeds that both arms have."""

    claim: Claim
    held: int
    of: int
    sentence: str

    @property
    def holds(self) -> bool:
        """Whether it held on every seed, and there was one."""
        return 0 < self.of == self.held


def values_of(lesson: Lesson, found: Sequence[Evidence]) -> Values:
    """What the lesson measures, of every training that is over; arms in the lesson's order, seeds ascending."""
    measured: Values = {}
    for key in lesson.measures:
        arms: dict[str, dict[int, float]] = {name: {} for name in lesson.arm_names}
        for one in sorted(found, key=lambda one: one.seed):
            if one.over and one.arm in arms:
                arms[one.arm][one.seed] = MEASURES[key].of(one)
        measured[key] = arms
    return measured


def judge(lesson: Lesson, values: Values) -> list[Judged]:
    """Every claim of the lesson held against `values`."""
    judged = []
    for claim in lesson.claims:
        mine = values[claim.measure][claim.arm]
        others = values[claim.measure][claim.other] if claim.other else dict.fromkeys(mine, 0.0)
        seeds = [seed for seed in mine if seed in others]
        held = sum(holds(claim, mine[seed], others[seed]) for seed in seeds)
        judged.append(Judged(claim, held, len(seeds), claim_sentence(claim)))
    return judged


def holds(claim: Claim, value: float, other: float = 0.0) -> bool:
    """Whether the claim holds for one seed; a training that went astray (NaN) is worse than any that did not."""
    worst = {"high": -math.inf, "low": math.inf}.get(MEASURES[claim.measure].good, math.nan)
    value, other = (worst if math.isnan(one) else one for one in (value, other))
    if claim.relation == "at_most":
        return value <= claim.amount
    if claim.relation == "at_least":
        return value >= claim.amount
    if claim.relation == "times":
        return value > 0 and other >= 0 and value > other and value >= claim.amount * other
    return value - other >= claim.amount


def claim_sentence(claim: Claim) -> str:
    """The claim in words."""
    measure = MEASURES[claim.measure]
    if claim.relation == "times":
        return f"{measure.label}: that of {claim.arm} is at least {figure(claim.amount)} times that of {claim.other}"
    if claim.relation == "above":
        by = f"{100 * claim.amount:g} percentage points" if measure.percent else figure(claim.amount)
        return f"{measure.label}: that of {claim.arm} is higher than that of {claim.other} by at least {by}"
    return f"{measure.label} of {claim.arm}: at {claim.relation[3:]} {shown(measure, claim.amount)}"


def mean_of(values: Mapping[int, float]) -> float:
    """The mean over the seeds that did not go astray; NaN when there is none."""
    known = [value for value in values.values() if not math.isnan(value)]
    return sum(known) / len(known) if known else math.nan


def mean_shown(measure: Measure, values: Mapping[int, float]) -> str:
    """That mean for a reader, with how many seeds went astray."""
    astray = sum(math.isnan(value) for value in values.values())
    said = shown(measure, mean_of(values))
    return f"{said} (and NaN on {astray} of {len(values)} seeds)" if 0 < astray < len(values) else said


def filled(lesson: Lesson, values: Values) -> str:
    """The lesson's answer with the means over seeds in place of its placeholders."""

    def put(match: object) -> str:
        key, left, sign, right = match.groups()  # type: ignore[attr-defined]
        measure = MEASURES[key]
        value = mean_of(values[key][left])
        if not sign:
            return mean_shown(measure, values[key][left])
        other = mean_of(values[key][right])
        if sign == "/":
            return figure(value / other if other else math.inf if value else math.nan)
        return f"{100 * (value - other):.1f} points" if measure.percent else figure(value - other)

    return PLACEHOLDER.sub(put, lesson.answer)


def shown(measure: Measure, value: float) -> str:
    """One value for a reader: 93.1 %, 0.482, 2.1 · 10⁻⁸; in words where it is no finite number."""
    if measure.percent and math.isfinite(value):
        return f"{100 * value:.1f} %"
    return figure(value)


def figure(value: float) -> str:
    """A number of three digits."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "infinite"
    if value and not 1e-3 <= abs(value) < 1e5:
        mantissa, _, power = f"{value:.1e}".partition("e")
        return f"{mantissa} · 10{str(int(power)).translate(_SUPERSCRIPT)}"
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def kept(exercise: Exercise, wanted: Recipe, given: Recipe) -> list[str]:
    """The settings that the exercise wants kept and that differ in `given`."""
    flat = [_flat(recipe) for recipe in (wanted, given)]
    return [path for path in exercise.keep if flat[0].get(path) != flat[1].get(path)]


def reached(exercise: Exercise, value: float) -> bool:
    """Whether `value` of the exercise's measure is what it asks for."""
    return value >= exercise.limit if exercise.at_least else value <= exercise.limit


def _flat(recipe: Recipe) -> dict[str, object]:
    document = to_document(recipe)
    return {
        f"{section}.{name}": one
        for section, part in document.items()
        if isinstance(part, dict)
        for name, one in part.items()
    }
