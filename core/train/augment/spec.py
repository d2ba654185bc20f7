"""The catalogue entry of an augmentation. No torch."""

from __future__ import annotations

from dataclasses import dataclass

from core.registry import Spec


@dataclass(frozen=True, kw_only=True)
class AugmentationSpec(Spec):
    """A way to vary training rows, for the named `kinds` of data and `tasks`.

    `build(x, draws, **params)` is a function from rows `x` (batch, ...), in the units of the data set, to varied rows of
    the same shape; images lie in 0..1, padding of series is NaN, token id 0 is padding. All chance comes from `draws`
    (core.train.augment.draws.RowDraws). Where `mixes`, it is `build(x, y, other_x, other_y, draws, **params)`, given another
    training row for each, and returns (x, y); targets are probabilities (batch, classes), or values (batch,). A
    reconstruction takes none: its target is the row as it was, so that it would learn to undo them.
    """

    kinds: tuple[str, ...]
    tasks: tuple[str, ...] = ("classification", "regression")
    mixes: bool = False
