"""Shapley values by all coalitions, for few features."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

BATCH_ROWS = 65_536


def coalition_weights(features: int) -> np.ndarray:
    """(features, 2 ** features): how much the value of each coalition counts for each feature (Shapley 1953).

    Bit i of a coalition's number says whether feature i is in it. v(S) counts +(|S|-1)! (f-|S|)! / f! for the features
    in S and -|S|! (f-|S|-1)! / f! for the others.
    """
    members = (np.arange(2**features) >> np.arange(features)[:, None] & 1).astype(bool)
    size = members.sum(axis=0)
    factorial = np.array([math.factorial(k) for k in range(features + 1)], np.float64)
    inside = factorial[np.maximum(size - 1, 0)] * factorial[features - size] / factorial[-1]
    outside = factorial[size] * factorial[np.maximum(features - size - 1, 0)] / factorial[-1]
    return np.where(members, inside, -outside)


def exact_values(
    predict: Callable[[np.ndarray], np.ndarray],
    x: np.ndarray,
    targets: np.ndarray,
    rows: np.ndarray,
    weights: np.ndarray,
    starts: np.ndarray,
    ends: np.ndarray,
    report: Callable[[float], None],
) -> tuple[np.ndarray, int]:
    """The values (n, features) and the rows evaluated; arguments as in core.explain.shapley.permutation."""
    n, features = x.shape
    counts = coalition_weights(features)
    members = (np.arange(1, 2**features - 1)[:, None] >> np.arange(features) & 1).astype(bool)
    values = np.outer(ends, counts[:, -1]) + np.outer(starts @ weights, counts[:, 0])
    at_once = max(1, BATCH_ROWS // len(rows))
    for sample in range(n):
        for first in range(0, len(members), at_once):
            taken = members[first : first + at_once, None, :]
            states = np.where(taken, x[sample], rows).reshape(-1, features)
            outputs = predict(states)[:, targets[sample]].astype(np.float64).reshape(len(taken), len(rows))
            values[sample] += counts[:, 1 + first : 1 + first + len(taken)] @ (outputs @ weights)
        report((sample + 1) / n)
    return values, n * len(members) * len(rows)
