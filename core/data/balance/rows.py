"""Training rows in other numbers: classes made equal by repeating rows or by leaving some out. Numpy."""

from __future__ import annotations

import numpy as np


def keep(x: np.ndarray, y: np.ndarray, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """The rows as they are."""
    return x, y


def oversample(x: np.ndarray, y: np.ndarray, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """All rows `x` (n, ...) with classes `y` (n,), and drawn repeats, until every class has as many as the largest."""
    random = np.random.default_rng(seed)
    classes, counts = np.unique(y, return_counts=True)
    repeats = [
        random.choice(np.flatnonzero(y == found), counts.max() - count)
        for found, count in zip(classes, counts, strict=True)
    ]
    rows = np.concatenate([np.arange(len(y)), *repeats])
    return x[rows], y[rows]


def undersample(x: np.ndarray, y: np.ndarray, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Of each class as many rows as the smallest has, drawn without replacement; they keep their order."""
    return _equal_draw(x, y, np.random.default_rng(seed))


def bag_member(x: np.ndarray, y: np.ndarray, seed: int, member: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """As `undersample`, with a draw of its own for each `member` (Liu, Wu and Zhou 2009)."""
    return _equal_draw(x, y, np.random.default_rng([seed, member]))


def _equal_draw(x: np.ndarray, y: np.ndarray, random: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    classes, counts = np.unique(y, return_counts=True)
    drawn = [random.choice(np.flatnonzero(y == found), counts.min(), replace=False) for found in classes]
    rows = np.sort(np.concatenate(drawn))
    return x[rows], y[rows]
