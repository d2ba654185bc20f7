"""Shapley values of tabular samples by large batches: exact for few features, else by antithetic permutations.

Each background row plays a game of its own against the sample and draws permutations of its own. The mean over rows is
the interventional Shapley value, and errors of different rows are independent: at the same number of forward passes this
is far more accurate than one permutation walked through with the whole background.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from core.errors import BadInput
from core.explain.baselines import Background
from core.explain.shapley.exact import exact_values
from core.explain.shapley.permutation import permutation_values

Predict = Callable[[np.ndarray], np.ndarray]
EXACT_FEATURES = 10
PAIRS = 2


@dataclass(frozen=True)
class ShapleyValues:
    """Attributions of n samples.

    `values` and `standard_errors` (n, features), in the units of the output; `base` and `outputs` (n,), the target output on
    the background and on the sample; `evaluations`, the rows that went through the model.
    """

    values: np.ndarray
    standard_errors: np.ndarray
    base: np.ndarray
    outputs: np.ndarray
    exact: bool
    evaluations: int

    @property
    def gaps(self) -> np.ndarray:
        """What the attributions (n,) leave unexplained of output minus base: rounding only."""
        return np.abs(self.values.sum(axis=1) - (self.outputs - self.base))


def shapley_values(
    predict: Predict,
    x: np.ndarray,
    targets: np.ndarray,
    background: Background,
    *,
    pairs: int = PAIRS,
    exact: bool | None = None,
    seed: int = 0,
    progress: Callable[[float], None] | None = None,
) -> ShapleyValues:
    """Explain output `targets` (n,) of `predict` for `x` (n, features) against a background.

    With at most EXACT_FEATURES features all coalitions are enumerated (Shapley 1953), unless `exact` says otherwise.
    Else every sample and background row draws `pairs` permutations, each walked forward and in reverse (Castro et al.
    2009; antithetic pairs: Mitchell et al. 2022), and the standard errors come from the spread of the pairs. `progress`
    is told the share done; what it raises ends the work.

    Raises:
        BadInput: when shapes do not fit each other, or there are fewer than 2 pairs to tell an error from.
    """
    targets = np.broadcast_to(np.asarray(targets, np.int64), (len(x),))
    if x.ndim != 2 or x.shape[1] != background.rows.shape[1]:
        raise BadInput(
            f"Samples of shape {x.shape} do not fit a background of shape {background.rows.shape}; "
            "give both as (rows, features) with the same features."
        )
    if pairs < 2:
        raise BadInput(f"With {pairs} pair of permutations no error can be told; ask for at least 2.")
    kept = background.shares > 0
    rows, shares = background.rows[kept].astype(x.dtype), background.shares[kept]
    ends = predict(x)[np.arange(len(x)), targets].astype(np.float64)
    starts = predict(rows)[:, targets].T.astype(np.float64)
    enumerate_all = x.shape[1] <= EXACT_FEATURES if exact is None else exact
    report = progress or (lambda share: None)
    if enumerate_all:
        values, count = exact_values(predict, x, targets, rows, shares, starts, ends, report)
        errors = np.zeros_like(values)
    else:
        random = np.random.default_rng(seed)
        values, errors, count = permutation_values(
            predict, x, targets, rows, shares, starts, ends, pairs, random, report
        )
    return ShapleyValues(values, errors, starts @ shares, ends, enumerate_all, count + len(x) + len(rows))
