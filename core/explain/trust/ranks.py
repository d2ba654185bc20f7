"""How alike two explanations order the features."""

from __future__ import annotations

import numpy as np


def rank_correlation(first: np.ndarray, second: np.ndarray) -> float:
    """Mean over samples of Spearman's correlation of the sizes of two attributions (n, ...); NaN entries are left out.

    A sample on which either is constant counts as 0: it orders nothing.
    """
    one, other = (np.abs(np.asarray(values, np.float64)).reshape(len(values), -1) for values in (first, second))
    known = np.isfinite(one) & np.isfinite(other)
    if known.all():
        return float(np.mean(_spearman(one, other)))
    rows = zip(one, other, known, strict=True)
    return float(np.mean([_spearman(a[None, here], b[None, here])[0] for a, b, here in rows]))


def _spearman(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Spearman's correlation of each row of (n, features) with its partner, (n,); 0 where either is constant."""
    from scipy.stats import rankdata

    if one.shape[1] == 0:
        return np.zeros(len(one))
    ranks = [rankdata(values, axis=1) for values in (one, other)]
    first, second = (values - values.mean(axis=1, keepdims=True) for values in ranks)
    spread = np.sqrt((first**2).sum(axis=1) * (second**2).sum(axis=1))
    return np.asarray((first * second).sum(axis=1) / np.where(spread > 0, spread, 1))
