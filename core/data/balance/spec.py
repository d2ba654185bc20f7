"""The catalogue entry of a way to treat classes of unequal size. No torch."""

from __future__ import annotations

from dataclasses import dataclass

from core.registry import Spec


@dataclass(frozen=True, kw_only=True)
class BalanceSpec(Spec):
    """A way to treat classes of unequal size.

    `acts` on "rows": `build(x, y, seed, **params)` returns other training rows (x, y); x (n, ...) scaled float32, or
    int64 tokens, y (n,) class numbers; on "batches": `build(seed, epoch, y, shuffle, **params)` returns the order of row
    numbers, a tensor (n,) int64, that an epoch's batches are cut from; on "nothing" for the entry that leaves all as it
    is. `kinds` of data and `tasks` it can work on. `makes_up`: the rows after those given are no rows of the data.
    """

    acts: str
    kinds: tuple[str, ...]
    tasks: tuple[str, ...] = ("classification",)
    makes_up: bool = False
