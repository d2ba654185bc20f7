"""What a missing feature is replaced by: rows of data, each with its weight, and k-means that honours the weights."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.errors import BadInput


@dataclass(frozen=True)
class Background:
    """Rows (rows, features) that stand for "nothing known", and their weights (rows,), positive, with sum 1.

    The game is the interventional one: the value of a set of features is the weighted mean output over these rows
    with the set's features replaced by the sample's (Janzing et al. 2020).
    """

    rows: np.ndarray
    weights: np.ndarray

    @classmethod
    def of(cls, rows: np.ndarray, weights: np.ndarray | None = None) -> Background:
        """A background of those rows; equal weights if none are given. Rows of weight 0 are left out.

        Raises:
            BadInput: when there is no row, or the weights do not fit the rows.
        """
        rows = np.asarray(rows)
        given = np.ones(len(rows)) if weights is None else np.asarray(weights, np.float64)
        if rows.ndim != 2 or given.shape != (len(rows),) or not (given >= 0).all() or not given.sum() > 0:
            raise BadInput(
                f"A background of rows {rows.shape} with weights {given.shape} can't be used; give rows (rows, features) and "
                "one weight of at least 0 for each, not all of them 0."
            )
        kept = given > 0
        return cls(rows[kept], given[kept] / given.sum())

    @property
    def mean(self) -> np.ndarray:
        """The weighted mean row (features,)."""
        return np.asarray(self.weights @ self.rows.astype(np.float64))


def kmeans_background(rows: np.ndarray, count: int, *, weights: np.ndarray | None = None, seed: int = 0) -> Background:
    """Sum up rows (n, features) by at most `count` k-means centres, each weighted by the weight of its cluster.

    Without the clusters' weights a lone outlier would count as much as a crowd.

    Raises:
        BadInput: when `count` is below 1 or the weights do not fit the rows.
    """
    from sklearn.cluster import KMeans

    full = Background.of(rows, weights)
    if count < 1:
        raise BadInput(f"A background of {count} rows can't be used; ask for at least 1.")
    if len(np.unique(full.rows, axis=0)) <= count:
        return full
    found = KMeans(count, n_init=4, random_state=seed).fit(full.rows, sample_weight=full.weights)
    sizes = np.bincount(found.labels_, weights=full.weights, minlength=count)
    return Background.of(found.cluster_centers_.astype(full.rows.dtype), sizes)
