"""Concept activation vectors in dual form: many linear classifiers on one table of inner products. No torch.

A classifier's normal is w = A' b, a mixture of the rows of activations A (n, units) that it was fitted on. All that is asked
of it, its length and its product with gradients G, is b' (A A') b and (G A') b: with these two tables at hand a fit costs the
same for ten units as for ten thousand, and hundreds of random sets are affordable.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

RIDGE = 1.0
HELD_OUT = 1 / 3


@dataclass(frozen=True, eq=False)
class Vector:
    """A concept's direction: `weights` (n,) of the rows it is mixed from, and its `accuracy` on rows held out."""

    rows: np.ndarray
    weights: np.ndarray
    accuracy: float


@dataclass(frozen=True, eq=False)
class Tables:
    """Inner products of activations with each other, (n, n), and of gradients with activations, (r, n); |gradient| (r,)."""

    inner: np.ndarray
    slopes: np.ndarray
    lengths: np.ndarray

    @classmethod
    def of(cls, activations: np.ndarray, gradients: np.ndarray) -> Tables:
        """From activations (n, units) and gradients (r, units) at the same layer."""
        a, g = activations.astype(np.float64), gradients.astype(np.float64)
        return cls(a @ a.T, g @ a.T, np.linalg.norm(g, axis=1))

    def with_more(self, all_activations: tuple[np.ndarray, np.ndarray], gradients: np.ndarray) -> Tables:
        """These tables with more rows of activations at the end: (those before (n, units), the new ones (m, units))."""
        before, new = (one.astype(np.float64) for one in all_activations)
        across = new @ before.T
        inner = np.block([[self.inner, across.T], [across, new @ new.T]])
        return Tables(inner, np.hstack([self.slopes, gradients.astype(np.float64) @ new.T]), self.lengths)

    def cosines(self, vector: Vector) -> np.ndarray:
        """cos(gradient, direction) of each of the r gradients, NaN where a gradient is 0."""
        inner = self.inner[np.ix_(vector.rows, vector.rows)]
        length = np.sqrt(max(float(vector.weights @ inner @ vector.weights), 0.0))
        along = self.slopes[:, vector.rows] @ vector.weights
        size = self.lengths * length
        return np.where(size > 0, along / np.where(size > 0, size, 1), np.nan)


def fit(inner: np.ndarray, shown: np.ndarray, others: np.ndarray, random: np.random.Generator) -> Vector:
    """The direction from rows `others` to rows `shown` (numbers into the table `inner`), by ridge regression on -1 and 1.

    A third of each is held out and measured. The penalty is RIDGE times the mean variance of the activations' directions.
    (Kim et al. 2018 take any linear classifier; ridge regression has one answer, where one trained by SGD has many.)
    """
    parts = [np.split(random.permutation(rows), [round(len(rows) * HELD_OUT)]) for rows in (shown, others)]
    rows = np.concatenate([parts[0][1], parts[1][1]])
    held = np.concatenate([parts[0][0], parts[1][0]])
    labels = np.repeat([1.0, -1.0], [len(parts[0][1]), len(parts[1][1])])
    truth = np.repeat([1.0, -1.0], [len(parts[0][0]), len(parts[1][0])])
    table = inner[np.ix_(rows, rows)]
    centred = table - table.mean(axis=0) - table.mean(axis=1, keepdims=True) + table.mean()
    penalty = RIDGE * max(float(np.trace(centred)) / len(rows), 1e-12)
    weights = np.linalg.solve(centred + penalty * np.eye(len(rows)), labels - labels.mean())
    weights = weights - weights.mean()
    offset = labels.mean() - (table @ weights).mean()
    said = inner[np.ix_(held, rows)] @ weights + offset
    return Vector(rows, weights, float((np.sign(said) == truth).mean()))
