"""Which concepts leave the spread of random ones, and how repeatable that is. No torch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np

from core.explain.concepts.base import NOT_SEPARABLE, OPPOSED, SENSITIVE
from core.explain.trust.light import Check, percent

LEVEL = 0.05
LEAST_ACCURACY = 0.65
AGREED = 0.9
FEW_ROWS = 10


class Told(Protocol):
    """A concept over its random sets: arrays (sets, classes), and accuracy (sets,)."""

    @property
    def alignment(self) -> np.ndarray: ...
    @property
    def score(self) -> np.ndarray: ...
    @property
    def accuracy(self) -> np.ndarray: ...


def judged(by_chance: Sequence[Told], of_concepts: Sequence[Told]) -> dict[str, Any]:
    """The figures and verdicts of `Concepts`: of each concept and class against the same of random concepts.

    Sensitive or opposed is a concept whose examples are told from random rows (LEAST_ACCURACY on rows held out), whose
    alignment is not one of theirs (`of_one_draw`, corrected after Holm over the whole table), and whose share of rising
    rows stands on the same side of a half.
    """
    null_alignment = np.stack([one.alignment.mean(axis=0) for one in by_chance])
    alignment = np.stack([one.alignment.mean(axis=0) for one in of_concepts])
    score = np.stack([one.score.mean(axis=0) for one in of_concepts])
    accuracy = np.array([one.accuracy.mean() for one in of_concepts])
    null_accuracy = np.array([one.accuracy.mean() for one in by_chance])
    p = holm(np.stack([of_one_draw(row, null_alignment) for row in alignment]))
    told = accuracy >= LEAST_ACCURACY
    agreement = np.stack(
        [
            (np.sign(one.alignment) == np.sign(mean)).mean(axis=0)
            for one, mean in zip(of_concepts, alignment, strict=True)
        ]
    )
    verdicts = tuple(
        tuple(_verdict(bool(told[i]), p[i, j], alignment[i, j], score[i, j]) for j in range(alignment.shape[1]))
        for i in range(len(alignment))
    )
    return {
        "score": score,
        "alignment": alignment,
        "p": p,
        "agreement": agreement,
        "accuracy": accuracy,
        "null_score": np.stack([one.score.mean(axis=0) for one in by_chance]),
        "null_alignment": null_alignment,
        "null_accuracy": null_accuracy,
        "verdicts": verdicts,
    }


def _verdict(told: bool, p: float, alignment: float, score: float) -> str:
    if not told or not p < LEVEL or (alignment > 0) != (score > 0.5):
        return NOT_SEPARABLE
    return SENSITIVE if alignment > 0 else OPPOSED


def of_one_draw(value: np.ndarray, draws: np.ndarray) -> np.ndarray:
    """p, (k,), that `value` (k,) is one more draw of the kind of `draws` (m, k), by Student's t with m - 1 degrees.

    Two-sided, and where it is larger, the p that its size is one of their sizes: what lies nearer to 0 than random
    concepts do is no effect, even where all of these lie on one side of 0.
    """
    from scipy.stats import t

    def distance(value: np.ndarray, draws: np.ndarray) -> np.ndarray:
        spread = draws.std(axis=0, ddof=1) * np.sqrt(1 + 1 / len(draws))
        return np.asarray((value - draws.mean(axis=0)) / np.where(spread > 0, spread, np.inf))

    free = len(draws) - 1
    apart = 2 * t.sf(np.abs(distance(value, draws)), free)
    return np.maximum(apart, t.sf(distance(np.abs(value), np.abs(draws)), free))


def holm(p: np.ndarray) -> np.ndarray:
    """p values of any shape, corrected for their number step by step (Holm 1979); NaN stays and counts for none."""
    flat = p.ravel()
    known = np.flatnonzero(np.isfinite(flat))
    order = known[np.argsort(flat[known], kind="stable")]
    raised = flat[order] * np.arange(len(order), 0, -1)
    found = np.full(flat.shape, np.nan)
    found[order] = np.minimum(np.maximum.accumulate(raised), 1.0)
    return found.reshape(p.shape)


def repeatability(
    answer: dict[str, Any], concepts: Sequence[str], classes: Sequence[str], counted: np.ndarray, sets: int, nulls: int
) -> Check:
    """Whether the verdicts would come again with other random sets: the share of sets in which a concept points the same way."""
    named = [
        (i, j) for i, row in enumerate(answer["verdicts"]) for j, verdict in enumerate(row) if verdict != NOT_SEPARABLE
    ]
    figures = {"sets": float(sets), "nulls": float(nulls), "rows": float(counted.min()), "named": float(len(named))}
    few = int(counted.min()) < FEW_ROWS
    warned = f" Only {int(counted.min())} rows of a class were counted: take more." if few else ""
    if not named:
        said = (
            f"No concept leaves the spread of {nulls} random concepts, so none is named; that does not prove that the model "
            f"ignores them.{warned}"
        )
        return Check("repeatability", "amber" if few else "green", said, figures)
    worst = min(named, key=lambda at: answer["agreement"][at])
    agreed = float(answer["agreement"][worst])
    figures["agreement"] = agreed
    said = (
        f"Of the named concepts the least repeatable, {concepts[worst[0]]} for {classes[worst[1]]}, points the same way in "
        f"{percent(agreed)} of {sets} random sets; random concepts are the measure ({nulls}).{warned}"
    )
    return Check("repeatability", "green" if agreed >= AGREED and not few else "amber", said, figures)
