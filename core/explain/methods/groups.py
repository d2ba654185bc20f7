"""Which inputs a perturbation switches together: columns, patches of pixels, windows of steps, words. No torch."""

from __future__ import annotations

import math

import numpy as np

MOST_GROUPS = 64
MOST_EXACT = 14


def auto_side(kind: str, shape: tuple[int, ...], most: int = MOST_GROUPS) -> int:
    """The smallest side of a patch, or length of a window, with at most `most` groups; 1 for tables and texts."""
    if kind in ("tabular", "text"):
        return 1
    side = 1
    while side < max(_extent(kind, shape)) and count_groups(kind, shape, side) > most:
        side += 1
    return side


def count_groups(kind: str, shape: tuple[int, ...], side: int) -> int:
    """How many groups `feature_groups` makes."""
    cells = math.prod(math.ceil(size / side) for size in _extent(kind, shape))
    return cells * shape[1] if kind == "sequence" else cells


def feature_groups(kind: str, shape: tuple[int, ...], side: int | None = None) -> np.ndarray:
    """Group number of every input, int64 (*shape), from 0 on.

    A column or a word is a group of its own. Patches of an image are `side` x `side` pixels over all channels;
    windows of a series are `side` steps of one channel. None takes `auto_side`.
    """
    side = side or auto_side(kind, shape)
    if kind in ("tabular", "text"):
        return np.arange(math.prod(shape)).reshape(shape)
    if kind == "sequence":
        windows = math.ceil(shape[0] / side)
        return np.add.outer(np.arange(shape[0]) // side, windows * np.arange(shape[1]))
    across = math.ceil(shape[2] / side)
    patch = np.add.outer(np.arange(shape[1]) // side * across, np.arange(shape[2]) // side)
    return np.broadcast_to(patch, shape).copy()


def spread(by_group: np.ndarray, groups: np.ndarray) -> np.ndarray:
    """Values of groups (n, groups) as values of inputs (n, *shape): a group's value is shared out evenly, so sums stay."""
    sizes = np.bincount(groups.ravel())
    return np.asarray((by_group / sizes)[:, groups])


def group_note(kind: str, side: int) -> tuple[str, ...]:
    """What to tell the user of the groups; nothing when every input is on its own."""
    if side == 1:
        return ()
    what = f"patches of {side} x {side} pixels" if kind == "image" else f"windows of {side} steps"
    return (f"Inputs are switched in {what}; the value of one is shared out evenly over it.",)


def _extent(kind: str, shape: tuple[int, ...]) -> tuple[int, ...]:
    return {"image": shape[1:], "sequence": shape[:1]}.get(kind, shape)
