"""How well a score tells a class from the rest at every threshold: ROC and precision-recall curves."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

GRID = 201


@dataclass(frozen=True)
class Curve:
    """A curve `y` over `x`, the area under it, and how many rows are of the class, and not.

    ROC: true positive rate over false positive rate, area = AUC. Precision-recall: precision over recall,
    area = average precision, the sum of precision times the step in recall.
    """

    x: np.ndarray
    y: np.ndarray
    area: float
    positives: int
    negatives: int


def counts(scores: np.ndarray, positive: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """True and false positives (thresholds,) from the strictest threshold on; equal scores enter together."""
    order = np.argsort(-scores, kind="stable")
    last = np.r_[np.flatnonzero(np.diff(scores[order])), len(scores) - 1]
    hits = np.cumsum(positive[order])[last]
    return hits, 1 + last - hits


def roc(scores: np.ndarray, positive: np.ndarray) -> Curve | None:
    """The ROC curve of scores (n,) for a class `positive` (n,); None where one of the two sides has no row."""
    positives, negatives = int(positive.sum()), int((~positive).sum())
    if not positives or not negatives:
        return None
    hits, false = counts(scores, positive)
    x, y = np.r_[0, false / negatives], np.r_[0, hits / positives]
    return Curve(x, y, float(np.trapezoid(y, x)), positives, negatives)


def precision_recall(scores: np.ndarray, positive: np.ndarray) -> Curve | None:
    """The precision-recall curve; None where the class has no row, or all of them."""
    positives, negatives = int(positive.sum()), int((~positive).sum())
    if not positives or not negatives:
        return None
    hits, false = counts(scores, positive)
    recall, precision = np.r_[0, hits / positives], hits / (hits + false)
    area = float(np.sum(np.diff(recall) * precision))
    return Curve(recall, np.r_[precision[0], precision], area, positives, negatives)


def one_vs_rest(probabilities: np.ndarray, targets: np.ndarray, kind: str) -> list[Curve | None]:
    """A curve for each class (columns of `probabilities` (n, classes)) against all others; `kind` is "roc" or "pr"."""
    draw = {"roc": roc, "pr": precision_recall}[kind]
    return [draw(scores, targets == label) for label, scores in enumerate(probabilities.T)]


def macro(curves: list[Curve | None], kind: str) -> Curve | None:
    """The unweighted mean over classes, on a common grid; its area is the mean of theirs. None without any curve."""
    known = [curve for curve in curves if curve is not None]
    if not known:
        return None
    grid = np.linspace(0, 1, GRID)
    if kind == "roc":
        heights = [np.interp(grid, curve.x, curve.y) for curve in known]
    else:  # a step: the precision at the first threshold that reaches this recall
        heights = [curve.y[np.minimum(np.searchsorted(curve.x, grid), len(curve.y) - 1)] for curve in known]
    return Curve(
        grid,
        np.mean(heights, axis=0),
        float(np.mean([curve.area for curve in known])),
        sum(curve.positives for curve in known),
        sum(curve.negatives for curve in known),
    )
