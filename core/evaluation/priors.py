"""Taking out of a model's probabilities how frequent the classes were in its training."""

from __future__ import annotations

import numpy as np

from core.data.balance.catalogue import BALANCES
from core.data.base import Prepared


def shares_seen(data: Prepared, balance: str) -> np.ndarray:
    """The share (classes,) of each class among the rows that training drew, under `balance`, a key of BALANCES."""
    rows = np.bincount(data.y_train, minlength=len(data.class_names))
    if BALANCES[balance].acts == "batches":
        rows = (rows > 0).astype(int)
    return np.asarray(rows / rows.sum())


def without_priors(probabilities: np.ndarray, shares: np.ndarray) -> np.ndarray:
    """Probabilities (n, classes) as if all classes were equally frequent: each divided by its share, then scaled to sum to 1.

    By Bayes' rule that is right where the probabilities are and only the shares have changed (Saerens, Latinne and
    Decaestecker 2002); Menon et al. 2021 call it logit adjustment. A class without a share is left as it is.
    """
    divided = probabilities / np.where(shares > 0, shares, 1.0)
    return np.asarray(divided / divided.sum(axis=1, keepdims=True))
