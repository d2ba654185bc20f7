"""Which features and samples are drawn, and in what order; shap's rules without shap."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

INTERACTION_ROWS = 10_000
CLUSTERED = 300


def finite(values: np.ndarray) -> np.ndarray:
    """Values as float64 with 0 in the place of what is not a number."""
    return np.nan_to_num(np.asarray(values, np.float64), nan=0.0, posinf=0.0, neginf=0.0)


@dataclass(frozen=True)
class Rows:
    """The features drawn alone, strongest first, and those that share the last row (none where all fit)."""

    order: np.ndarray
    rest: np.ndarray

    def __len__(self) -> int:
        return len(self.order) + bool(len(self.rest))

    def gather(self, values: np.ndarray) -> np.ndarray:
        """Values (..., f) as drawn (..., rows): the last row is the sum of the rest; missing ones count as 0."""
        known = finite(values)
        alone = known[..., self.order]
        if not len(self.rest):
            return alone
        return np.concatenate([alone, known[..., self.rest].sum(axis=-1, keepdims=True)], axis=-1)


def strongest(importance: np.ndarray, most: int) -> Rows:
    """All features by importance (f,), or the `most` - 1 strongest and the rest together. Missing ones come last."""
    keys = np.where(np.isfinite(importance), importance, -1.0)
    order = np.argsort(-keys, kind="stable")
    alone = len(order) if len(order) <= most else max(most - 1, 0)
    return Rows(order[:alone], order[alone:])


def mean_size(values: np.ndarray) -> np.ndarray:
    """Mean |value| (f,) over the samples of (n, f) in which it is known; NaN where it never is."""
    size = np.where(np.isfinite(values), np.abs(values), np.nan)
    known = np.isfinite(size).sum(axis=0)
    total = np.nansum(size, axis=0)
    return np.asarray(np.divide(total, known, out=np.full(total.shape, np.nan), where=known > 0))


def clustered(values: np.ndarray) -> np.ndarray:
    """An order (n,) that puts samples with like attributions (n, f) side by side, as shap's heat map does.

    Complete linkage on squared distances with optimal leaf order (Bar-Joseph et al. 2001), whose time grows with the
    square of n and more: above CLUSTERED samples the leaves keep the order of the tree.
    """
    from scipy.cluster.hierarchy import complete, leaves_list, optimal_leaf_ordering
    from scipy.spatial.distance import pdist

    if len(values) < 3:
        return np.arange(len(values))
    distance = pdist(values, "sqeuclidean")
    tree = complete(distance)
    if len(values) <= CLUSTERED:
        tree = optimal_leaf_ordering(tree, distance)
    return np.asarray(leaves_list(tree))


def interactions(index: int, values: np.ndarray, features: np.ndarray, *, seed: int = 0) -> np.ndarray:
    """All features, the one first that seems to change most what feature `index` does: shap's approximate_interactions.

    Samples are sorted by feature `index` and cut into bins; within a bin, where that feature hardly varies, what its
    attribution follows is another feature. Strength is the sum over bins of |correlation|, with the other feature's value
    or with its being missing. It is a guess that finds a colour, not a Shapley interaction. values, features (n, f).
    """
    rows = np.arange(len(values))
    if len(rows) > INTERACTION_ROWS:
        rows = np.random.default_rng(seed).permutation(len(rows))[:INTERACTION_ROWS]
    rows = rows[np.argsort(features[rows, index])]
    reference = values[rows, index]
    width = max(min(int(len(rows) / 10.0), 50), 1)

    def strength(other: np.ndarray) -> float:
        # A sum that is NaN is not below the bound, so a feature with gaps is looked at, bin by bin.
        if np.abs(other).sum() < 1e-8:
            return 0.0
        found = 0.0
        for start in range(0, len(rows), width):
            ours, theirs = reference[start : start + width], other[start : start + width]
            if np.std(theirs) > 0 and np.std(ours) > 0:
                found += abs(np.corrcoef(ours, theirs)[0, 1])
        return found

    found = np.zeros(features.shape[1])
    for other in range(features.shape[1]):
        if other != index:
            column = features[rows, other].astype(np.float64)
            found[other] = max(strength(column), strength(np.isnan(column).astype(np.float64)))
    return np.argsort(-np.abs(found))
