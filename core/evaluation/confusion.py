"""Which classes are taken for which, and how well each one is found."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


def confusion_matrix(targets: np.ndarray, named: np.ndarray, classes: int) -> np.ndarray:
    """Counts (classes, classes): row = true class, column = class named, from two vectors (n,) of class numbers."""
    return np.bincount(targets * classes + named, minlength=classes * classes).reshape(classes, classes)


@dataclass(frozen=True)
class ClassScores:
    """Per class (classes,): NaN where it can't be told (precision of a class never named, recall of one that is absent)."""

    precision: np.ndarray
    recall: np.ndarray
    f1: np.ndarray
    support: np.ndarray
    named: np.ndarray

    @property
    def macro_f1(self) -> float:
        """Mean F1 over the classes that are present or named."""
        return float(np.nanmean(self.f1))


def class_scores(confusion: np.ndarray) -> ClassScores:
    """Precision, recall and F1 of each class from a confusion matrix."""
    hits, support, named = (
        part.astype(np.float64) for part in (confusion.diagonal(), confusion.sum(1), confusion.sum(0))
    )
    with np.errstate(invalid="ignore"):
        return ClassScores(
            precision=hits / named,
            recall=hits / support,
            f1=2 * hits / (support + named),
            support=confusion.sum(axis=1),
            named=confusion.sum(axis=0),
        )


def worst_confusions(confusion: np.ndarray, count: int) -> list[tuple[int, int, int]]:
    """At most `count` (true class, named class, rows), the most frequent errors first."""
    errors = confusion - np.diag(confusion.diagonal())
    order = np.argsort(-errors, axis=None, kind="stable")[:count]
    pairs = [(int(i // len(errors)), int(i % len(errors))) for i in order]
    return [(true, named, int(errors[true, named])) for true, named in pairs if errors[true, named]]
