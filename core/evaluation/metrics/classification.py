"""Metrics of a classification, from probabilities (n, classes) and class numbers (n,).

They are computed with numpy, since the server must not import torch, and torchmetrics alone takes seconds to import;
tests/core/evaluation/test_metrics.py holds every one of them to torchmetrics or scikit-learn.
"""

from __future__ import annotations

import numpy as np

from core.evaluation.calibration import BINS, calibration_error
from core.evaluation.confusion import ClassScores, class_scores, confusion_matrix
from core.evaluation.metrics.spec import Score
from core.evaluation.ranking import Curve, one_vs_rest


def accuracy(probabilities: np.ndarray, targets: np.ndarray) -> Score:
    """The share of rows whose class is named."""
    return Score(float((probabilities.argmax(axis=1) == targets).mean()))


def balanced_accuracy(probabilities: np.ndarray, targets: np.ndarray) -> Score:
    """The mean recall of the classes that have rows (Brodersen et al. 2010)."""
    return Score(float(np.nanmean(_scores(probabilities, targets).recall)))


def precision(probabilities: np.ndarray, targets: np.ndarray, average: str = "macro") -> Score:
    """Of the rows named so, how many are."""
    scores = _scores(probabilities, targets)
    return Score(averaged(scores.precision, scores, average), scores.precision)


def recall(probabilities: np.ndarray, targets: np.ndarray, average: str = "macro") -> Score:
    """Of the rows that are, how many are named so."""
    scores = _scores(probabilities, targets)
    return Score(averaged(scores.recall, scores, average), scores.recall)


def f1(probabilities: np.ndarray, targets: np.ndarray, average: str = "macro") -> Score:
    """The harmonic mean of precision and recall."""
    scores = _scores(probabilities, targets)
    return Score(averaged(scores.f1, scores, average), scores.f1)


def averaged(values: np.ndarray, scores: ClassScores, average: str) -> float:
    """One figure of precision, recall or F1 `values` (classes,): the mean over classes, or over their rows, or over all rows.

    "macro" counts every class alike that is present or named, "weighted" by its rows, with 0 for a figure that can't be
    told; "micro" pools the rows, and as every row is named once, it is the accuracy.
    """
    if average == "micro":
        return float((scores.recall * scores.support)[scores.support > 0].sum() / scores.support.sum())
    weights = scores.support if average == "weighted" else (scores.support + scores.named) > 0
    return float(np.average(np.nan_to_num(values), weights=weights))


def roc_auc(probabilities: np.ndarray, targets: np.ndarray, average: str = "macro") -> Score:
    """Each class against the rest: the chance that a row of it scores above a row of another, ties counting half."""
    return _areas(one_vs_rest(probabilities, targets, "roc"), average)


def average_precision(probabilities: np.ndarray, targets: np.ndarray, average: str = "macro") -> Score:
    """Each class against the rest: the mean precision over the steps in recall."""
    return _areas(one_vs_rest(probabilities, targets, "pr"), average)


def expected_calibration_error(probabilities: np.ndarray, targets: np.ndarray, bins: int = BINS) -> Score:
    """The mean distance of confidence and share right over bins of confidence, by rows (Guo et al. 2017)."""
    return Score(calibration_error(probabilities, targets, bins))


def brier(probabilities: np.ndarray, targets: np.ndarray) -> Score:
    """The squared distance of the probabilities from 1 for the true class and 0 for the others, summed over classes (Brier 1950)."""
    distances = (probabilities - np.eye(probabilities.shape[1])[targets]) ** 2
    return Score(float(distances.sum(axis=1).mean()), distances.mean(axis=0))


def log_loss(probabilities: np.ndarray, targets: np.ndarray) -> Score:
    """-log of the probability of the true class, at most 708 a row; by class the mean over its rows."""
    costs = -np.log(np.maximum(probabilities[np.arange(len(targets)), targets], np.finfo(float).tiny))
    support = np.bincount(targets, minlength=probabilities.shape[1])
    with np.errstate(invalid="ignore"):
        return Score(float(costs.mean()), np.bincount(targets, costs, minlength=len(support)) / support)


def matthews(probabilities: np.ndarray, targets: np.ndarray) -> Score:
    """Correlation of classes named and true, -1 to 1; 0 where one side is all of one class (Gorodkin 2004)."""
    hits, named, support, n = _counts(probabilities, targets)
    spread = (n**2 - (named**2).sum()) * (n**2 - (support**2).sum())
    return Score(float((hits * n - named @ support) / np.sqrt(spread)) if spread else 0.0)


def kappa(probabilities: np.ndarray, targets: np.ndarray) -> Score:
    """Accuracy beyond that of naming classes at random in the same shares; NaN where that is 1 already (Cohen 1960)."""
    hits, named, support, n = _counts(probabilities, targets)
    chance = float(named @ support) / n**2
    return Score((hits / n - chance) / (1 - chance) if chance < 1 else float("nan"))


def _scores(probabilities: np.ndarray, targets: np.ndarray) -> ClassScores:
    return class_scores(confusion_matrix(targets, probabilities.argmax(axis=1), probabilities.shape[1]))


def _counts(probabilities: np.ndarray, targets: np.ndarray) -> tuple[float, np.ndarray, np.ndarray, int]:
    """Rows named rightly, rows named and rows there by class (classes,), and all rows."""
    scores = _scores(probabilities, targets)
    hits = float((probabilities.argmax(axis=1) == targets).sum())
    return hits, scores.named.astype(np.float64), scores.support.astype(np.float64), len(targets)


def _areas(curves: list[Curve | None], average: str) -> Score:
    """The areas under one-against-rest curves; averages leave out classes without a curve."""
    areas = np.array([curve.area if curve else np.nan for curve in curves])
    weights = np.array([(curve.positives if average == "weighted" else 1) if curve else 0 for curve in curves])
    value = float(np.average(np.nan_to_num(areas), weights=weights)) if weights.any() else float("nan")
    return Score(value, areas)
