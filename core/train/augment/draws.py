"""Random numbers that are a pure function of (seed, epoch, row): a row is varied alike whatever batch it comes in.

Counter-based: splitmix64 (Steele, Lea and Flood 2014) of the place of a number, instead of a stream that has to be
stored, so that a resume, another batch size or another order of the rows changes nothing.
"""

from __future__ import annotations

import math

import torch

GOLDEN = -7046029254386353131  # 0x9E3779B97F4A7C15 as a signed number
FIRST = -4658895280553007687  # 0xBF58476D1CE4E5B9
SECOND = -7723592293110705685  # 0x94D049BB133111EB


class RowDraws:
    """Draws for the training rows `rows` (batch,) int64 in `epoch`; `name` sets the draws of each augmentation apart."""

    def __init__(self, seed: int, epoch: int, rows: torch.Tensor, name: str = "") -> None:
        key = torch.tensor([seed, epoch, *name.encode()], dtype=torch.int64)
        mixed = torch.zeros((), dtype=torch.int64)
        for part in key:
            mixed = mix(mixed * 31 + part + GOLDEN)
        self._of_rows = mix(mixed.to(rows.device) + mix(rows + GOLDEN))
        self._used = 0

    def uniform(self, *shape: int) -> torch.Tensor:
        """Numbers in 0 <= u < 1, (batch, *shape) float32; each call draws others."""
        count = math.prod(shape)
        places = torch.arange(self._used, self._used + count, device=self._of_rows.device)
        self._used += count
        bits = mix(self._of_rows.unsqueeze(1) + places * GOLDEN)
        return (shifted(bits, 40).to(torch.float32) * 2.0**-24).reshape(-1, *shape)

    def normal(self, *shape: int) -> torch.Tensor:
        """Standard normal numbers, (batch, *shape) float32 (Box and Muller 1958)."""
        radius = (-2.0 * torch.log1p(-self.uniform(*shape))).sqrt()
        return radius * torch.cos(2.0 * math.pi * self.uniform(*shape))

    def integers(self, high: int, *shape: int) -> torch.Tensor:
        """Whole numbers in 0 <= k < high, (batch, *shape) int64."""
        return (self.uniform(*shape).double() * high).long().clamp_(max=high - 1)


def mix(bits: torch.Tensor) -> torch.Tensor:
    """The finishing steps of splitmix64 on int64, whose products wrap around."""
    bits = (bits ^ shifted(bits, 30)) * FIRST
    bits = (bits ^ shifted(bits, 27)) * SECOND
    return bits ^ shifted(bits, 31)


def shifted(bits: torch.Tensor, places: int) -> torch.Tensor:
    """`bits` shifted right by so many places with zeros filled in, as an unsigned number is."""
    return (bits >> places) & ((1 << (64 - places)) - 1)
