"""Where to draw the line: one class named when its probability reaches a threshold, chosen on some rows and judged on others."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.evaluation.ranking import counts

CHOSEN_BY = {"f1": "F1", "balanced_accuracy": "balanced accuracy"}
LEAST_ROWS = 2


@dataclass(frozen=True)
class Decision:
    """One class against the rest, in rows: named and right, not named though it is, named though it isn't, rightly not named."""

    hits: int
    missed: int
    false_alarms: int
    passed: int

    @property
    def precision(self) -> float:
        """Of the rows named, how many are; NaN where none is named."""
        return _share(self.hits, self.hits + self.false_alarms)

    @property
    def recall(self) -> float:
        """Of the rows that are, how many are named."""
        return _share(self.hits, self.hits + self.missed)

    @property
    def f1(self) -> float:
        """2 hits / (2 hits + false alarms + missed)."""
        return _share(2 * self.hits, 2 * self.hits + self.false_alarms + self.missed)

    @property
    def balanced_accuracy(self) -> float:
        """The mean of the recall of the class and that of the rest."""
        return (self.recall + _share(self.passed, self.passed + self.false_alarms)) / 2

    @property
    def accuracy(self) -> float:
        """The share of rows on the right side."""
        return _share(self.hits + self.passed, self.hits + self.missed + self.false_alarms + self.passed)

    @property
    def confusion(self) -> np.ndarray:
        """Counts (2, 2): true down, named across, the class second."""
        return np.array([[self.passed, self.false_alarms], [self.missed, self.hits]])


def decide(named: np.ndarray, positive: np.ndarray) -> Decision:
    """What comes of naming the rows `named` (n,) of which `positive` (n,) are of the class."""
    hits, all_named, all_positive = int((named & positive).sum()), int(named.sum()), int(positive.sum())
    return Decision(hits, all_positive - hits, all_named - hits, len(named) - all_named - all_positive + hits)


def halves(targets: np.ndarray, seed: int = 0) -> np.ndarray:
    """Which rows (n,) are of the half to choose on, the others being the half to judge on: every class is split evenly."""
    random = np.random.default_rng(seed)
    chosen = np.zeros(len(targets), bool)
    for label in np.unique(targets):
        rows = random.permutation(np.flatnonzero(targets == label))
        chosen[rows[: (len(rows) + random.integers(2)) // 2]] = True
    return chosen


def best_threshold(scores: np.ndarray, positive: np.ndarray, by: str) -> float | None:
    """The threshold on scores (n,) that is best for `by`, a key of CHOSEN_BY; None with under LEAST_ROWS rows on a side.

    It lies midway between two scores that occur; of several equally good ones the nearest to 0.5 is taken.
    """
    positives, negatives = int(positive.sum()), int((~positive).sum())
    if min(positives, negatives) < LEAST_ROWS:
        return None
    hits, false_alarms = counts(scores, positive)
    values = {
        "f1": 2 * hits / (hits + false_alarms + positives),
        "balanced_accuracy": (hits / positives + 1 - false_alarms / negatives) / 2,
    }[by]
    levels = np.unique(scores)[::-1]
    thresholds = (levels + np.append(levels[1:], 0.0)) / 2
    best = np.flatnonzero(values >= values.max() - 1e-12)
    return float(thresholds[best[np.abs(thresholds[best] - 0.5).argmin()]])


def _share(part: int, whole: int) -> float:
    return part / whole if whole else float("nan")
