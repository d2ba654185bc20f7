"""What is done to the branch of a residual block before it is added to the shortcut: a scale, and stochastic depth."""

from __future__ import annotations

import torch
from torch import nn


def branch_end(scale: float, learned: bool, drop: float) -> nn.Sequential | None:
    """Modules that the branch passes before it is added: `scale`, then `drop`; None where there is nothing to do."""
    end = nn.Sequential()
    if learned or scale != 1:
        end.add_module("scale", LearnedScale(scale) if learned else FixedScale(scale))
    if drop > 0:
        end.add_module("drop", StochasticDepth(drop))
    return end if len(end) else None


class FixedScale(nn.Module):
    """Multiply by a number (Szegedy et al. 2017 scale residual branches by 0.1 to 0.3)."""

    def __init__(self, scale: float) -> None:
        super().__init__()
        self.scale = scale

    def forward(self, branch: torch.Tensor) -> torch.Tensor:
        """The branch times the scale."""
        return self.scale * branch


class LearnedScale(nn.Module):
    """Multiply by a number that is learned (Bachlechner et al. 2021, who start it at 0: ReZero)."""

    def __init__(self, start: float) -> None:
        super().__init__()
        self.scale = nn.Parameter(torch.tensor([float(start)]))

    def forward(self, branch: torch.Tensor) -> torch.Tensor:
        """The branch times the scale."""
        return self.scale * branch


class StochasticDepth(nn.modules.dropout._DropoutNd):
    """Set the branch of a whole sample to 0 with probability p in training, else divide it by 1 - p (Huang et al. 2016).

    The paper multiplies by 1 - p at evaluation instead, which comes to the same on average.
    """

    def forward(self, branch: torch.Tensor) -> torch.Tensor:
        """(batch, ...) to the same shape."""
        if not self.training:
            return branch
        kept = branch.new_empty(len(branch), *[1] * (branch.ndim - 1)).bernoulli_(1 - self.p)
        return branch * kept.div_(1 - self.p)


def drop_rate(block: int, blocks: int, last: float) -> float:
    """How often the branch of block 1, ..., `blocks` is dropped: rising linearly to `last` (Huang et al. 2016)."""
    return last * block / blocks
