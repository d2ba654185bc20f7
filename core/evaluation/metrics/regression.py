"""Metrics of a regression, from outputs (n,) and targets (n,) in the target's own units. Numpy, as those of a classification."""

from __future__ import annotations

import numpy as np

from core.evaluation.metrics.spec import Score


def mae(outputs: np.ndarray, targets: np.ndarray) -> Score:
    """The mean distance."""
    return Score(float(np.abs(outputs - targets).mean()))


def rmse(outputs: np.ndarray, targets: np.ndarray) -> Score:
    """The root of the mean squared distance."""
    return Score(float(np.sqrt(((outputs - targets) ** 2).mean())))


def median_absolute_error(outputs: np.ndarray, targets: np.ndarray) -> Score:
    """The distance that half of the rows keep within."""
    return Score(float(np.median(np.abs(outputs - targets))))


def r2(outputs: np.ndarray, targets: np.ndarray) -> Score:
    """1 - squared distances over those of the targets from their mean; NaN where the targets are all alike."""
    return Score(_explained(((outputs - targets) ** 2).sum(), targets))


def explained_variance(outputs: np.ndarray, targets: np.ndarray) -> Score:
    """As `r2`, with a constant offset of the outputs forgiven."""
    off = outputs - targets
    return Score(_explained(((off - off.mean()) ** 2).sum(), targets))


def _explained(left: float, targets: np.ndarray) -> float:
    spread = float(((targets - targets.mean()) ** 2).sum())
    return float(1 - left / spread) if spread else float("nan")
