"""What came of a claim: the effect of each of its statements, whether it held, and a sentence that says so. No torch."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from core.claims.base import ClaimSpec, Statement
from core.claims.measure import Measured
from core.experiments.effects import Answer, Effect, effect_of
from core.race.judging.statistics import SEEDS_CAP

NOT_RUN = "not run"


@dataclass(frozen=True)
class Judgement:
    """One statement judged: whether the number moved as claimed, and, where a size was claimed, whether it is about that."""

    statement: Statement
    effect: Effect
    direction: Answer
    size: Answer | None
    sentence: str

    def document(self) -> dict[str, Any]:
        """As plain values; what is no finite number is None."""
        said, effect = self.statement, asdict(self.effect)
        return {
            "statement": said.words,
            "number": said.number.key,
            "treated": said.treated,
            "control": said.control,
            "claimed": {"direction": said.moves, "kind": said.kind, "size": said.size},
            "measured": {k: None if isinstance(v, float) and not math.isfinite(v) else v for k, v in effect.items()},
            "direction": self.direction,
            "size": self.size,
            "sentence": self.sentence,
        }


def judge(claim: ClaimSpec, measured: Measured) -> tuple[Judgement, ...]:
    """Judge every statement of `claim` by what was measured."""
    found = []
    for said in claim.says:
        rows, resolution = measured.values[said.number.key], measured.resolutions[said.number.key]
        treated, control = (_numbers(rows[arm]) for arm in (said.treated, said.control))
        effect = effect_of(treated, control, kind=said.kind, direction=said.moves, resolution=resolution)
        size = effect.about(said.size) if said.size is not None else None
        found.append(Judgement(said, effect, effect.direction, size, _sentence(claim, said, effect, size)))
    return tuple(found)


def _numbers(row: Sequence[float | None]) -> np.ndarray:
    return np.array([np.nan if value is None else value for value in row])


def amount(said: Statement, effect: Effect, *, reverse: bool = False) -> tuple[str, str]:
    """The effect and its interval in words: ("46 %", "38 to 55 %"); "" for what is not known.

    Positive is as claimed, or, in `reverse`, the other way.
    """
    scale = 100 if said.number.is_share else 1
    unit = " %" if said.kind == "ratio" else " points" if scale == 100 else ""
    if not math.isfinite(effect.size):
        return "", ""
    if reverse:
        effect = replace(effect, size=-effect.size, low=-effect.high, high=-effect.low)
    if not math.isfinite(effect.low):
        return f"{effect.size * (100 if said.kind == 'ratio' else scale):.3g}{unit}", ""
    size, low, high = effect.told(scale)
    return size + unit, f"{low} to {high}{unit}"


def briefly(one: Judgement) -> str:
    """The effect in a few words: "46 % fewer steps", "validation accuracy +2.8 points", "SGD: never got there in 6 of 6 seeds"."""
    said, effect = one.statement, one.effect
    backwards = effect.size < 0
    much = amount(said, effect, reverse=backwards)[0]
    fell = (said.moves == "lower") != backwards
    if not much:
        return one.sentence.partition(".")[0]
    if said.number.reaching is not None:
        fewer, more, noun = (
            ("less", "more", "CPU time") if said.number.clock == "seconds" else ("fewer", "more", "steps")
        )
        return f"{much} {fewer if fell else more} {noun}"
    return f"{said.number.words} {'-' if fell else '+'}{much}"


def claimed(said: Statement) -> str:
    """What is claimed of the number, in words: "falls by about 20 %"."""
    verb = "falls" if said.moves == "lower" else "rises"
    if said.size is None:
        return verb
    if said.kind == "ratio":
        return f"{verb} by about {100 * said.size:g} %"
    return f"{verb} by about {100 * said.size:g} points" if said.number.is_share else f"{verb} by about {said.size:g}"


def _sentence(claim: ClaimSpec, said: Statement, effect: Effect, size: Answer | None) -> str:
    """What was measured, in one or two sentences."""
    return " ".join(filter(None, [_movement(said, effect), _losses(claim, said, effect), _size(said, effect, size)]))


def _movement(said: Statement, effect: Effect) -> str:
    number = said.number.words[0].upper() + said.number.words[1:]
    backwards = effect.size < 0
    much, interval = amount(said, effect, reverse=backwards)
    if not much:
        return ""
    verb = "fell" if (said.moves == "lower") != backwards else "rose"
    seeds = f"{effect.n} paired seeds" if effect.n > 1 else "one seed"
    within = f" (95 % interval {interval}, {seeds})" if interval else f" in {seeds}"
    if effect.treated_lost or effect.control_lost:
        return f"{number} {verb} by {much}{within} where both have one."
    if effect.direction != "not separable":
        return f"{number} {verb} by {much}{within}."
    if effect.size == effect.low == effect.high == 0:
        return f"{number} is the same in each of {seeds}."
    if effect.size == 0:
        return f"{number} is the same on average{within}."
    needs = f"about {effect.seeds_needed}" if effect.seeds_needed else f"more than {SEEDS_CAP}"
    return (
        f"{number} {verb} by {much}{within}, which may be chance; at this spread it would take {needs} seeds to tell."
    )


def _losses(claim: ClaimSpec, said: Statement, effect: Effect) -> str:
    lost = "never got there" if said.number.reaching is not None else "diverged"
    told = [
        f"{claim.arm(arm).label}: {lost} in {count} of {effect.seeds} seeds"
        for arm, count in ((said.treated, effect.treated_lost), (said.control, effect.control_lost))
        if count
    ]
    if not told:
        return ""
    chance = "" if effect.as_claimed is not None else " A lost seed counts as the worst, and all this may be chance."
    return "; ".join(told) + "." + chance


def _size(said: Statement, effect: Effect, size: Answer | None) -> str:
    if size is None or said.size is None:
        return ""
    told = claimed(said).partition(" by ")[2]
    if size == "held":
        return f"That fits the claim of {told}."
    if size == "not separable":
        return f"Too uncertain to say whether that is {told}."
    if effect.high < 0:
        return f"It was claimed to {'fall' if said.moves == 'lower' else 'rise'} by {told}."
    return f"That is {'more' if effect.low > said.size else 'less'} than the claim of {told}."
