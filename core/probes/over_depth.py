"""How signal and gradient change from layer to layer, in numbers and words. NumPy only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

FAR = 10**1.5  # a change over the whole depth that the diagnosis calls vanishing or exploding


@dataclass(frozen=True)
class Change:
    """From one end of the hidden layers to the other: the size at both, the factor over all and per layer, one word.

    word  "steady", "vanishes", "explodes", "is zero" or "is not finite"
    """

    start: float
    end: float
    factor: float
    per_layer: float
    word: str


def change(sizes: Sequence[float]) -> Change:
    """The change over `sizes`, one per hidden layer in the order in which the signal or the gradient passes them."""
    values = np.asarray(sizes, dtype=float)
    start, end = float(values[0]), float(values[-1])
    if not np.isfinite(values).all():
        return Change(start, end, float("nan"), float("nan"), "is not finite")
    if not (values > 0).all():
        return Change(start, end, 0.0, 0.0, "is zero")
    factor = end / start
    word = "vanishes" if factor <= 1 / FAR else "explodes" if factor >= FAR else "steady"
    return Change(start, end, factor, factor ** (1 / max(len(values) - 1, 1)), word)


def relative(sizes: Sequence[float], start: int) -> list[float | None]:
    """`sizes` divided by the one at `start`; None where one of the two is zero or not finite, which no log axis shows."""
    unit = sizes[start]
    if not (np.isfinite(unit) and unit > 0):
        return [None] * len(sizes)
    return [float(size / unit) if np.isfinite(size) and size > 0 else None for size in sizes]
