"""How alike two explanations order the features."""

from __future__ import annotations

import numpy as np


def rank_correlation(first: np.ndarray, second: np.ndarray) -> float:
    """Mean over samples of Spearman's correlation of the sizes of two attributions (n, ...); NaN entries are left out.

    A sample on which either is constant counts as 0: it orders nothing.
    """
    from scipy.stats import rankdata

    found = []
    for one, other in zip(first.reshape(len(first), -1), second.reshape(len(second), -1), strict=True):
        known = np.isfinite(one) & np.isfinite(other)
        ranks = [rankdata(np.abs(values[known])) for values in (one, other)]
        spread = [values.std() if len(values) else 0.0 for values in ranks]
        flat = spread[0] == 0 or spread[1] == 0
        found.append(0.0 if flat else float(np.corrcoef(*ranks)[0, 1]))
    return float(np.mean(found))
