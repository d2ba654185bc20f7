"""The catalogue entry of a metric, and what a metric returns. No torch."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.registry import Spec


@dataclass(frozen=True)
class Score:
    """One figure, and the same class by class (classes,) where the metric has it. NaN where it can't be told."""

    value: float
    by_class: np.ndarray | None = None


@dataclass(frozen=True, kw_only=True)
class MetricSpec(Spec):
    """A metric of held-out rows. `build(outputs, targets, **params)` returns a Score.

    For the `task` "classification" `outputs` are probabilities (n, classes) and `targets` class numbers (n,); for
    "regression" both are numbers (n,). `per_class` says whether it has a figure for each class, `needs_probabilities`
    whether scores that only rank the classes can't be judged by it.
    """

    task: str
    higher_is_better: bool
    per_class: bool = False
    needs_probabilities: bool = False
