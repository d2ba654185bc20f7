"""The verdict of a race in words: who beats whom and by how much, or that it can't be told yet. No torch.

Never a winner from one seed or two: see docs/verdict.md for how a verdict is made and how often it is wrong.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import ArrayLike

from core.errors import BadInput
from core.race.judging.sentences import Standing, Words, headline, lead_of, losses, pair_sentence
from core.race.judging.statistics import Difference, Flags, Floats, SeedsNeeded, compare, seeds_needed

LARGEST_EXPONENT = 700.0
PEEKING = "The race goes on: a verdict that is looked at until lanes separate is wrong more often than 1 time in 20."


@dataclass(frozen=True, slots=True)
class PairVerdict:
    """Two lanes, `first` the better placed.

    `lead` is by how much `first` is better, in units of the score, with the bounds `low` and `high`; in a verdict
    on speed it is the time of `first` divided by that of `second`. `seeds` were finished by both: with none of them
    `lead` is None, with one the bounds are.
    """

    first: str
    second: str
    winner: str | None
    lead: float | None
    low: float | None
    high: float | None
    p_adjusted: float
    seeds: int
    seeds_needed: SeedsNeeded | None
    sentence: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a race has shown.

    `ranking` lists groups of lanes, best first: no lane of a group beats another of it, and each lane below the
    first group is beaten by one of the group above. Lanes that lost every seed are last; lanes without a result are left out.
    """

    headline: str
    ranking: tuple[tuple[str, ...], ...]
    separable: bool
    pairs: tuple[PairVerdict, ...]
    notes: tuple[str, ...]

    @property
    def details(self) -> tuple[str, ...]:
        """One sentence per pair of lanes, best placed first."""
        return tuple(pair.sentence for pair in self.pairs)


def judge(
    names: Sequence[str],
    finals: ArrayLike,
    *,
    score_label: str,
    higher_is_better: bool,
    resolution: float | None = None,
    unfinished: bool = False,
    diverged: ArrayLike | None = None,
) -> Verdict:
    """Judge the final scores `finals` (lanes, seeds) of a race.

    `resolution` is the smallest step of the score, such as 1 / validation rows for an accuracy. `diverged`, of the
    shape of `finals`, marks the seeds that diverged; left out, every non-finite score has, or in an `unfinished`
    race those that are infinite. `score_label` reads like "validation loss".

    Raises:
        BadInput: where names and scores don't fit together.
    """
    words = Words(
        wins="{0} beats {1} by {2} in " + score_label,
        beats="{0} beats {1} in " + score_label,
        margin="{0}, the closest, by {1}",
        finished="finished",
        differs="{0} and {1} differ by {2} in " + score_label,
        lost="diverged",
        lost_all="diverged in every seed",
        nobody="Every lane diverged in every seed: there is no score to compare. Try lower learning rates.",
        unresolved="less than its smallest step" + (f" of {resolution:.2g}" if resolution else ""),
        shown=(lambda difference: difference) if higher_is_better else (lambda difference: -difference),
    )
    scores = _checked(names, finals)
    if diverged is None:
        diverged = np.isinf(scores) if unfinished else ~np.isfinite(scores)
    lost = np.asarray(diverged, dtype=bool)
    if lost.shape != scores.shape:
        raise BadInput(f"`diverged` has the shape {lost.shape}, the scores {scores.shape}; pass one flag per score.")
    return _judge(names, scores, lost, resolution, unfinished, higher_is_better, words)


def judge_times(
    names: Sequence[str],
    times: ArrayLike,
    *,
    target_label: str,
    unit: str = "steps",
    resolution: float | None = None,
    unfinished: bool = False,
) -> Verdict:
    """Judge the times (lanes, seeds) to a target by their ratios; infinite is never reached, NaN not finished.

    `target_label` reads like "a validation loss of 0.3", `unit` like "steps" or "seconds"; `resolution` is the time
    between two evaluations. Of the lanes' ratios the geometric mean is told. A seed that never reached the target
    counts as the slowest.

    Raises:
        BadInput: where names and times don't fit together.
    """
    words = Words(
        wins="{0} reaches " + target_label + " in {2} times the " + unit + " of {1}",
        beats="{0} reaches " + target_label + " sooner than {1}",
        margin="in {1} times the " + unit + " of {0}, the closest",
        finished="reached " + target_label,
        differs="{0} takes {2} times the " + unit + " of {1} to reach " + target_label,
        lost="did not reach it",
        lost_all="never reached it",
        nobody=f"No lane reached {target_label} in any seed.",
        unresolved="less than the time between two evaluations can resolve",
        shown=lambda difference: math.exp(min(difference, LARGEST_EXPONENT)),
    )
    given = _checked(names, times)
    positive = given[np.isfinite(given) & (given > 0)]
    floor = positive.min() / 2 if positive.size else 1.0
    logs = np.log(np.maximum(given, floor))
    step: Floats | None = None
    if resolution is not None:
        finite = np.isfinite(given)
        typical = np.where(finite, given, 0).sum(axis=1) / np.maximum(finite.sum(axis=1), 1)
        step = np.log1p(resolution / np.maximum(np.minimum.outer(typical, typical), floor))
    return _judge(names, logs, np.isposinf(given), step, unfinished, False, words)


def _checked(names: Sequence[str], values: ArrayLike) -> Floats:
    found = np.asarray(values, dtype=float)
    if found.ndim != 2 or len(found) != len(names) or len(set(names)) != len(names):
        raise BadInput(
            f"A verdict needs one row of seeds for each of {len(names)} lanes with names that differ, but was given "
            f"an array of shape {found.shape}; pass (lanes, seeds)."
        )
    return found


def _judge(
    names: Sequence[str],
    scores: Floats,
    lost: Flags,
    resolution: float | Floats | None,
    unfinished: bool,
    higher_is_better: bool,
    words: Words,
) -> Verdict:
    scores = np.where(lost, np.nan, scores)
    finite = np.isfinite(scores)
    found = compare(scores, higher_is_better=higher_is_better, diverged=lost, resolution=resolution)
    order = _order(scores, lost, higher_is_better)
    beats = {(pair.winner, pair.a + pair.b - pair.winner) for pair in found if pair.winner is not None}
    pairs = {}
    for better, worse in combinations(order, 2):
        pair = next(pair for pair in found if {pair.a, pair.b} == {better, worse})
        open_question = pair.winner is None and pair.test == "t" and abs(pair.mean) >= pair.resolution
        pairs[better, worse] = pair, seeds_needed(pair) if open_question else None
    standing = Standing(
        names=tuple(names),
        groups=_layers([lane for lane in order if finite[lane].any()], beats),
        beats=beats,
        pairs=pairs,
        finished=finite.sum(axis=1).tolist(),
        lost=lost.sum(axis=1).tolist(),
    )
    said, notes = headline(standing, words), [*losses(standing, words).values()]
    if len(found) > 1:
        notes.append(f"Intervals and verdicts allow for the {len(found)} comparisons among {len(names)} lanes.")
    if unfinished:
        notes.append(PEEKING)
    ranking = [*standing.groups, [lane for lane in order if not finite[lane].any()]]
    return Verdict(
        headline=f"So far: {said}" if unfinished and order else said,
        ranking=tuple(tuple(names[lane] for lane in group) for group in ranking if group),
        separable=bool(beats),
        pairs=tuple(_pair(names, better, *item, words) for (better, _), item in pairs.items()),
        notes=tuple(notes),
    )


def _pair(names: Sequence[str], better: int, pair: Difference, needed: SeedsNeeded | None, words: Words) -> PairVerdict:
    lead = [value if math.isfinite(value) else None for value in lead_of(better, pair, words)]
    return PairVerdict(
        first=names[better],
        second=names[pair.a + pair.b - better],
        winner=None if pair.winner is None else names[pair.winner],
        lead=lead[0],
        low=lead[1],
        high=lead[2],
        p_adjusted=pair.p_adjusted,
        seeds=pair.n,
        seeds_needed=needed,
        sentence=pair_sentence(names, better, pair, needed, words),
    )


def _order(scores: Floats, lost: Flags, higher_is_better: bool) -> list[int]:
    """Lanes with a result, best mean first; those that lost half of their seeds or more, and all, come last."""
    finite = np.isfinite(scores)
    mean = np.where(finite, scores, 0).sum(axis=1) / np.maximum(finite.sum(axis=1), 1)
    finished, fallen = finite.sum(axis=1), lost.sum(axis=1)
    keys = [
        (count == 0, gone >= max(1, count), -value if higher_is_better else value)
        for count, gone, value in zip(finished, fallen, mean, strict=True)
    ]
    return sorted(np.flatnonzero(finished + fallen).tolist(), key=lambda lane: keys[lane])


def _layers(order: list[int], beats: set[tuple[int, int]]) -> list[list[int]]:
    """Split lanes into groups: those that no lane beats, then those that none of the others beats, and so on."""
    layers = []
    while order:
        layer = [lane for lane in order if not any((other, lane) in beats for other in order)] or order
        layers.append(layer)
        order = [lane for lane in order if lane not in layer]
    return layers
