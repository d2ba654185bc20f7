"""What paired seeds can tell: differences between lanes with intervals and adjusted p-values, seeds needed, bands.

How a pair of lanes is judged, and how often that is wrong, is told and measured in docs/verdict.md. No torch.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import bdtr, chdtri, nctdtr, stdtr, stdtrit

from core.errors import BadInput

ALPHA = 0.05
MINIMUM_SEEDS = 3
SIGN_TEST_SEEDS = 6  # with fewer, even all seeds in favour of one lane may be chance
SEEDS_CAP = 100
SAME = 1e-7  # of a score: what float32 can't tell apart
BORROWED_SHARE = 0.5
CAUTION = 0.8

T_975: dict[int, float] = {df: float(stdtrit(df, 0.975)) for df in range(1, 31)}
"""Quantiles of Student's t at 0.975 by degrees of freedom: a 95 % interval is mean ± T_975[n - 1] sd / sqrt(n)."""

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


class Interval(NamedTuple):
    """Mean of `n` finite values with the bounds of its t-interval."""

    mean: float
    low: float
    high: float
    n: int


class Band(NamedTuple):
    """Mean curve with bounds, each (points,), and how many seeds are in it at each point; NaN where undefined."""

    mean: Floats
    low: Floats
    high: Floats
    seeds: NDArray[np.int64]


class SeedsNeeded(NamedTuple):
    """Paired seeds it takes to separate a difference; None is more than SEEDS_CAP.

    `likely` takes the spread as measured. `cautious` takes its upper 80 % confidence bound, since few seeds
    may show too small a spread by luck.
    """

    likely: int | None
    cautious: int | None


@dataclass(frozen=True, slots=True)
class Difference:
    """Lane `a` minus lane `b` over the seeds that both finished, and what follows from it.

    `mean`, `low`, `high`, `sd` are in units of the score and NaN without enough seeds; `n` seeds were finished by
    both. `spread` and `df` are what the t-test used: see `compare`. `wins_a` and `wins_b` count seeds, those where
    only the other diverged among them. `multiplier` is the number of comparisons that `p_adjusted` and the bounds
    allow for. `winner` is the number of a lane, or None: not separable.
    """

    a: int
    b: int
    n: int
    mean: float
    sd: float
    spread: float
    df: float
    low: float
    high: float
    wins_a: int
    wins_b: int
    only_a_diverged: int
    only_b_diverged: int
    both_diverged: int
    resolution: float
    test: Literal["t", "sign", "none"]
    p: float
    p_adjusted: float
    multiplier: float
    winner: int | None

    @property
    def effect(self) -> float:
        """Mean difference in standard deviations of the differences (Cohen's d_z); NaN where they don't vary."""
        return self.mean / self.sd if self.sd > 0 else math.nan

    @property
    def seeds(self) -> int:
        """Seeds in which at least one lane of the two finished and the other finished or diverged."""
        return self.n + self.only_a_diverged + self.only_b_diverged


def mean_interval(values: ArrayLike, confidence: float = 1 - ALPHA) -> Interval | None:
    """t-interval of the mean over the finite values (seeds,); None with fewer than 2 of them (Student 1908)."""
    given = np.asarray(values, dtype=float)
    finite = given[np.isfinite(given)]
    n = len(finite)
    if n < 2:
        return None
    mean = float(finite.mean())
    half = float(stdtrit(n - 1, (1 + confidence) / 2) * finite.std(ddof=1)) / math.sqrt(n)
    return Interval(mean, mean - half, mean + half, n)


def band(curves: ArrayLike, kind: Literal["t", "range", "sd"] = "t") -> Band:
    """Mean and band over seeds of `curves` (seeds, points).

    "t" is the 95 % interval of the mean, "range" minimum and maximum, "sd" one standard deviation to each side.
    A seed that is not finite at a point is not in the mean there; `seeds` says how many are, so that a chart can
    flag where the line goes on with fewer seeds. "t" and "sd" need two seeds and are NaN with fewer.

    Raises:
        BadInput: for another kind.
    """
    if kind not in ("t", "range", "sd"):
        raise BadInput(f"A band of kind {kind!r} is not known; choose one of: t, range, sd.")
    given = np.asarray(curves, dtype=float)
    finite = np.isfinite(given)
    count = finite.sum(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = np.where(finite, given, 0.0).sum(axis=0) / count
        if kind == "range":
            low = np.where(finite, given, np.inf).min(axis=0, initial=np.inf)
            high = np.where(finite, given, -np.inf).max(axis=0, initial=-np.inf)
            return Band(mean, np.where(count > 0, low, np.nan), np.where(count > 0, high, np.nan), count)
        sd = np.sqrt((np.where(finite, given - mean, 0.0) ** 2).sum(axis=0) / np.where(count > 1, count - 1, np.nan))
        half = sd if kind == "sd" else sd * stdtrit(np.maximum(count - 1, 1), 1 - ALPHA / 2) / np.sqrt(count)
    return Band(mean, mean - half, mean + half, count)


def paired_difference(
    a: ArrayLike, b: ArrayLike, *, higher_is_better: bool = False, resolution: float | None = None
) -> Difference:
    """Compare two lanes over their paired seeds, scores (seeds,) each; NaN or infinite is a seed that diverged."""
    return compare(np.array([a, b], dtype=float), higher_is_better=higher_is_better, resolution=resolution)[0]


def compare(
    finals: ArrayLike,
    *,
    higher_is_better: bool,
    diverged: ArrayLike | None = None,
    resolution: float | Floats | None = None,
) -> list[Difference]:
    """Compare every pair of lanes by the paired t-test, false verdicts of the whole family held at ALPHA.

    `finals` (lanes, seeds); `diverged` of the same shape marks those that diverged, other non-finite ones have
    not finished; left out, every non-finite one has diverged. `resolution` is the smallest step of the score
    (1 / rows for an accuracy), one for all or (lanes, lanes).

    * Seeds that only one lane finished are lost by the other. The t-test looks at the seeds both finished, and
      decides only where its winner did not diverge in a seed that the loser finished; otherwise the exact sign
      test over all seeds decides, a diverged seed counted as the worst. So does it where the differences don't vary.
    * Spread: a pair's variance is never taken below resolution² / 6, which is what rounding both scores does, nor
      below the median variance of the pairs among the lanes that came in between the two, so that no pair of
      many wins by a spread that is small by luck. In return the t-test gets up to half as many degrees of freedom
      again, as far as the pair's own variance agrees with that median: see docs/verdict.md.
    * A mean difference below `resolution` never wins, nor does one of fewer than MINIMUM_SEEDS seeds.
    * Comparisons: Holm 1979 with the logical restrictions of Shaffer 1986. The bounds are widened accordingly: a
      t-test separates exactly where they exclude 0 (and `resolution` allows it).
    """
    scores = np.asarray(finals, dtype=float)
    fallen = ~np.isfinite(scores) if diverged is None else np.asarray(diverged, dtype=bool)
    finite = np.isfinite(scores) & ~fallen
    lanes = len(scores)
    a, b = np.array(list(combinations(range(lanes), 2)), dtype=int).reshape(-1, 2).T
    step = np.broadcast_to(0.0 if resolution is None else resolution, (lanes, lanes))[a, b]
    step = step * (1 - 1e-9)

    paired = finite[a] & finite[b]
    n = paired.sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        fuzz = SAME * np.maximum(np.abs(scores[a]), np.abs(scores[b]))
        differences = np.where(paired, scores[a] - scores[b], 0.0)
        differences[np.abs(differences) <= fuzz] = 0.0
        mean = differences.sum(axis=1) / n
        own = (np.where(paired, differences - mean[:, None], 0.0) ** 2).sum(axis=1) / np.where(n > 1, n - 1, np.nan)
        own[own <= np.where(paired, fuzz, 0.0).max(axis=1, initial=0.0) ** 2] = 0.0
        sd = np.sqrt(own)
        own = np.maximum(own, step**2 / 6)
        typical, borrowed = _spread_between(np.where(finite, scores, np.nan), a, b, own)
        variance = np.maximum(own, typical)
        df = (n - 1) * (1 + borrowed * np.where(own > typical, typical / own, 1.0))
        error = np.sqrt(variance / n)
        p_of_t = 2 * stdtr(df, -np.abs(mean) / error)

    only_a = (fallen[a] & finite[b]).sum(axis=1)
    only_b = (fallen[b] & finite[a]).sum(axis=1)
    signed = differences if higher_is_better else -differences
    wins_a = (signed > step[:, None]).sum(axis=1) + only_b
    wins_b = (signed < -step[:, None]).sum(axis=1) + only_a
    decided = wins_a + wins_b
    p_of_sign = np.minimum(2 * bdtr(np.minimum(wins_a, wins_b).astype(float), decided, 0.5), 1.0)

    a_leads = (mean > 0) == higher_is_better
    clean = np.where(a_leads, only_a, only_b) == 0
    by_t = (n >= MINIMUM_SEEDS) & (variance > 0) & clean
    by_sign = ~by_t & (decided >= SIGN_TEST_SEEDS)
    p = np.where(by_t & (np.abs(mean) >= step), p_of_t, np.where(by_sign, p_of_sign, 1.0))
    adjusted, multiplier = _adjust(p, by_t | by_sign, lanes)
    with np.errstate(invalid="ignore"):
        half = np.where(variance == 0, 0.0, stdtrit(df, 1 - ALPHA / (2 * multiplier)) * error)
    first_wins = np.where(by_t, a_leads, wins_a > wins_b)
    both = (fallen[a] & fallen[b]).sum(axis=1)
    better = np.where(first_wins, a, b).tolist()
    winner = [lane if value <= ALPHA else None for lane, value in zip(better, adjusted, strict=True)]
    test = np.where(by_t, "t", np.where(by_sign, "sign", "none"))
    fields = (a, b, n, mean, sd, np.sqrt(variance), df, mean - half, mean + half, wins_a, wins_b, only_a, only_b, both)
    columns = [np.asarray(field).tolist() for field in (*fields, step, test, p, adjusted, multiplier)]
    return [Difference(*row) for row in zip(*columns, winner, strict=True)]


def seeds_needed(difference: Difference, *, power: float = 0.8) -> SeedsNeeded | None:
    """Paired seeds for a t-test at ALPHA / `multiplier` to find this difference with `power`, at this spread.

    By the noncentral t distribution. None where there is nothing to extrapolate: fewer than two paired seeds, no
    difference, or no spread. The difference itself is taken as measured, so that this is a rough guide at best.
    """
    if difference.n < 2 or difference.mean == 0 or not difference.spread > 0:
        return None
    widest = math.sqrt((difference.n - 1) / float(chdtri(difference.n - 1, CAUTION)))
    effect = abs(difference.mean) / difference.spread
    alpha = ALPHA / max(1.0, difference.multiplier)
    return SeedsNeeded(*(_seeds(size, alpha, power, difference.n + 1) for size in (effect, effect / widest)))


def _seeds(effect: float, alpha: float, power: float, least: int) -> int | None:
    n = np.arange(max(least, MINIMUM_SEEDS), SEEDS_CAP + 1)
    critical = stdtrit(n - 1, 1 - alpha / 2)
    found = 1 - nctdtr(n - 1, effect * np.sqrt(n), critical)  # the other tail adds nothing at such power
    return int(n[np.argmax(found >= power)]) if (found >= power).any() else None


def _spread_between(scores: Floats, a: NDArray[np.int_], b: NDArray[np.int_], own: Floats) -> tuple[Floats, Floats]:
    """Median of the variances `own` (pairs,) among the lanes with means from that of `a` to that of `b`.

    Also the share of degrees of freedom that may be borrowed; both 0 where no third lane came in between.
    """
    finite = np.isfinite(scores)
    mean = np.where(finite, scores, 0.0).sum(axis=1) / finite.sum(axis=1)
    low, high = np.minimum(mean[a], mean[b])[:, None], np.maximum(mean[a], mean[b])[:, None]
    slack = 1e-9 * np.maximum(np.abs(low), np.abs(high))
    between = (mean >= low - slack) & (mean <= high + slack)
    among = between[:, a] & between[:, b] & np.isfinite(own)
    several = (between.sum(axis=1) > 2) & among.any(axis=1)
    typical = np.zeros(len(own))
    if several.any():
        ranked = np.sort(np.where(among, own, np.inf)[several], axis=1)
        last = among[several].sum(axis=1) - 1
        middle = np.stack([last // 2, (last + 1) // 2], axis=1)  # both the same where their number is odd
        typical[several] = np.take_along_axis(ranked, middle, axis=1).mean(axis=1)
    return typical, np.where(several, BORROWED_SHARE, 0.0)


def _adjust(p: Floats, testable: Flags, lanes: int) -> tuple[Floats, Floats]:
    """Adjusted p-values (pairs,) and the number of comparisons that each was multiplied by.

    Step down as Holm 1979; each step counts only as many true hypotheses as can be true together (Shaffer 1986: of
    three equal lanes, no single pair can differ). A pair that no outcome could have separated is no comparison.
    """
    order = np.flatnonzero(testable)[np.argsort(p[testable], kind="stable")]
    most = _true_together(lanes)
    adjusted, multiplier, highest = np.ones(len(p)), np.ones(len(p)), 0.0
    for step, k in enumerate(order.tolist()):
        factor = min(len(order) - step, most[step])
        highest = max(highest, factor * float(p[k]))
        adjusted[k] = min(1.0, highest)
        multiplier[k] = highest / p[k] if p[k] > 0 else factor
    return adjusted, multiplier


@lru_cache
def _true_together(lanes: int) -> list[int]:
    """The most pairs of `lanes` that can be equal at once when 0, 1, 2, ... of all pairs are known to differ."""
    pairs = lanes * (lanes - 1) // 2
    return [max(count for count in _equal_pairs(lanes) if count <= pairs - known) for known in range(pairs)]


def _equal_pairs(lanes: int) -> set[int]:
    """Every number of equal pairs that groups of equal lanes can make up."""
    if lanes == 0:
        return {0}
    return {size * (size - 1) // 2 + rest for size in range(1, lanes + 1) for rest in _equal_pairs(lanes - size)}
