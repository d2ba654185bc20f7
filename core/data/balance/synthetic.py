"""New rows between a class's own rows: SMOTE and ADASYN, by imbalanced-learn, which is imported where it is used."""

from __future__ import annotations

from typing import Any

import numpy as np

from core.errors import DataError


def smote(x: np.ndarray, y: np.ndarray, seed: int, k_neighbors: int = 5) -> tuple[np.ndarray, np.ndarray]:
    """All rows `x` (n, ...) float32 of classes `y` (n,), then new ones until every class has as many as the largest.

    A new row lies at a random place between a row and one of its `k_neighbors` nearest rows of the same class
    (Chawla et al. 2002).

    Raises:
        DataError: when a class has too few rows for that many neighbours.
    """
    from imblearn.over_sampling import SMOTE

    _check_neighbours("SMOTE", y, k_neighbors)
    return _resampled(SMOTE(k_neighbors=k_neighbors, random_state=seed % 2**32), x, y)


def adasyn(x: np.ndarray, y: np.ndarray, seed: int, k_neighbors: int = 5) -> tuple[np.ndarray, np.ndarray]:
    """As `smote`, but a row gets new ones in proportion to the other classes' share in its neighbourhood (He et al. 2008).

    The classes end nearly equal, as shares are rounded row by row.

    Raises:
        DataError: when a class has too few rows for that many neighbours, or lies far from all others.
    """
    from imblearn.over_sampling import ADASYN

    _check_neighbours("ADASYN", y, k_neighbors)
    try:
        return _resampled(ADASYN(n_neighbors=k_neighbors, random_state=seed % 2**32), x, y)
    except (RuntimeError, ValueError):
        raise DataError(
            f"ADASYN places new rows where other classes are near, but among the {k_neighbors} nearest rows of a smaller class "
            "there are none of another, or too few rows are missing to share out; raise balance.k_neighbors, or set "
            "balance.key to smote."
        ) from None


def _check_neighbours(name: str, y: np.ndarray, k_neighbors: int) -> None:
    counts = np.unique(y, return_counts=True)[1]
    least = int(counts.min())
    if least > k_neighbors or least == counts.max():
        return
    fewer = f"set balance.k_neighbors to at most {least - 1}, " if least > 1 else ""
    raise DataError(
        f"{name} mixes a row with {k_neighbors} neighbours of its class, but the smallest class has only {least} training "
        f"row{'s' if least > 1 else ''}; {fewer}use more rows, or set balance.key to oversample."
    )


def _resampled(sampler: Any, x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    flat, classes = sampler.fit_resample(x.reshape(len(x), -1), y)
    return np.ascontiguousarray(flat, x.dtype).reshape(-1, *x.shape[1:]), classes.astype(y.dtype)
