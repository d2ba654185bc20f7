"""Does a model that is 90 % sure err in one of ten cases? Reliability bins and the expected calibration error."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

BINS = 10
DRAWS = 500


@dataclass(frozen=True)
class Calibration:
    """Per bin of confidence (bins,): edges (bins + 1,), rows, mean confidence and share right (NaN in an empty bin).

    `error` is the expected calibration error: the mean distance of the two, weighted by rows (Guo et al. 2017). It is biased
    upward: `by_chance` and `by_chance_high` are the mean and the 95th percentile of what a perfectly calibrated model with the
    same confidences shows on as many rows.
    """

    edges: np.ndarray
    rows: np.ndarray
    confidence: np.ndarray
    right: np.ndarray
    error: float
    by_chance: float
    by_chance_high: float

    @property
    def overconfident(self) -> bool:
        """Whether it is more often wrong than its confidence says, on the whole."""
        known = self.rows > 0
        return bool(((self.confidence - self.right)[known] * self.rows[known]).sum() > 0)


def calibration(probabilities: np.ndarray, targets: np.ndarray, bins: int = BINS, seed: int = 0) -> Calibration:
    """Calibration of the class named, from probabilities (n, classes) and targets (n,), in equally wide bins."""
    confidence, right, place, total = _binned(probabilities, targets, bins)
    edges = np.linspace(0, 1, bins + 1)
    rows = np.bincount(place, minlength=bins)
    with np.errstate(invalid="ignore"):
        means, shares = total / rows, np.bincount(place, right, minlength=bins) / rows
    random = np.random.default_rng(seed)
    drawn = [_error(random.random(len(confidence)) < confidence, place, total) for _ in range(DRAWS)]
    return Calibration(
        edges=edges,
        rows=rows,
        confidence=means,
        right=shares,
        error=_error(right, place, total),
        by_chance=float(np.mean(drawn)),
        by_chance_high=float(np.quantile(drawn, 0.95)),
    )


def calibration_error(probabilities: np.ndarray, targets: np.ndarray, bins: int = BINS) -> float:
    """The expected calibration error alone."""
    _, right, place, total = _binned(probabilities, targets, bins)
    return _error(right, place, total)


def _binned(probabilities: np.ndarray, targets: np.ndarray, bins: int) -> tuple[np.ndarray, ...]:
    """Confidence, whether right and bin of each row (n,), and the summed confidence of each bin; a bin holds its upper edge."""
    confidence = probabilities.max(axis=1)
    place = np.clip(np.ceil(confidence * bins).astype(int) - 1, 0, bins - 1)
    total = np.bincount(place, confidence, minlength=bins)
    return confidence, probabilities.argmax(axis=1) == targets, place, total


def _error(right: np.ndarray, place: np.ndarray, total: np.ndarray) -> float:
    """The weighted mean of |right - confidence| over bins, of rows right (n,) in bins `place` (n,) with summed confidence."""
    return float(np.abs(np.bincount(place, right, minlength=len(total)) - total).sum() / len(right))
