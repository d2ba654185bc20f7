"""What paired seeds say of a claim: the effect with its interval, and whether the claim held. No torch."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from core.race.judging.sentences import Lead, written
from core.race.judging.statistics import Difference, paired_difference, seeds_needed

Answer = Literal["held", "did not hold", "not separable"]
Kind = Literal["ratio", "difference"]
Direction = Literal["lower", "higher"]
ROUNDING = 1e-9  # of the spread: what is left of differences that cancel


@dataclass(frozen=True, slots=True)
class Effect:
    """By how much a treatment moved a number in the claimed direction, over paired seeds.

    `size` with its 95 % interval `low` to `high` is positive where the number moved as claimed; of kind "ratio" it is
    the share by which it fell or rose (0.2 is 20 %, the geometric mean over the seeds), of kind "difference" it is in
    the number's own unit. NaN without enough seeds. It is over the `n` seeds in which both have a number;
    `treated_lost` and `control_lost` count those in which that one has none (never reached, or diverged). `test` is what
    decides: see core.race.judging.statistics.compare.
    """

    kind: Kind
    size: float
    low: float
    high: float
    n: int
    seeds: int
    treated_lost: int
    control_lost: int
    test: Literal["t", "sign", "none"]
    p: float
    as_claimed: bool | None
    seeds_needed: int | None

    @property
    def direction(self) -> Answer:
        """Whether the number moved in the claimed direction: told only where the interval, or the sign test, excludes chance."""
        return {True: "held", False: "did not hold", None: "not separable"}[self.as_claimed]  # type: ignore[return-value]

    def about(self, claimed: float) -> Answer:
        """Whether the effect is of about the `claimed` size (> 0, as `size`).

        It is where the interval holds the claimed size, tells the direction, and reaches no further than the claimed
        size to either side; it is not where the interval leaves it out; else it can't be told.
        """
        if self.test != "t" or not math.isfinite(self.low):
            return "not separable"
        if not self.low <= claimed <= self.high:
            return "did not hold"
        close = max(self.size - self.low, self.high - self.size) <= claimed
        return "held" if self.as_claimed and close else "not separable"

    def told(self, scale: float = 1) -> tuple[str, str, str]:
        """Size, low and high in words with the digits that the interval allows; a ratio in %, else times `scale`."""
        factor = 100 if self.kind == "ratio" else scale
        return written(Lead(self.size * factor, self.low * factor, self.high * factor))


def effect_of(
    treated: ArrayLike,
    control: ArrayLike,
    *,
    kind: Kind,
    direction: Direction,
    resolution: float | None = None,
) -> Effect:
    """The effect of a treatment on a number, from its values (seeds,) with the treatment and without, seed by seed.

    A value that is not finite is a seed that is lost: it counts as the worst there is, so as the largest where
    "lower" is claimed, and as the smallest where "higher" is. `resolution` is the smallest step of the number.

    Raises:
        ValueError: for a ratio of numbers that are not above 0.
    """
    a, b = np.asarray(treated, dtype=float), np.asarray(control, dtype=float)
    step = resolution
    if kind == "ratio":
        known = np.concatenate([a[np.isfinite(a)], b[np.isfinite(b)]])
        if (known <= 0).any():
            raise ValueError("a ratio needs numbers above 0")
        with np.errstate(invalid="ignore"):
            a, b = np.log(a), np.log(b)
        step = None if resolution is None or not known.size else math.log1p(resolution / float(np.median(known)))
    pair = paired_difference(a, b, higher_is_better=direction == "higher", resolution=step)
    mean = 0.0 if abs(pair.mean) <= ROUNDING * pair.spread else pair.mean
    size, *bounds = (_as_effect(value, kind, direction) for value in (mean, pair.low, pair.high))
    needed = seeds_needed(pair) if pair.winner is None and pair.test == "t" else None
    return Effect(
        kind=kind,
        size=size,
        low=min(bounds),
        high=max(bounds),
        n=pair.n,
        seeds=len(a),
        treated_lost=pair.only_a_diverged + pair.both_diverged,
        control_lost=pair.only_b_diverged + pair.both_diverged,
        test=pair.test,
        p=pair.p,
        as_claimed=_as_claimed(pair),
        seeds_needed=needed.likely if needed else None,
    )


def _as_claimed(pair: Difference) -> bool | None:
    return None if pair.winner is None else pair.winner == pair.a


def _as_effect(value: float, kind: Kind, direction: Direction) -> float:
    """A mean difference, of logarithms for a ratio, as an effect."""
    sign = 1 if direction == "higher" else -1
    if kind == "difference":
        return sign * value
    return sign * math.expm1(min(value, 700.0))
