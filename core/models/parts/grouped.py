"""A linear layer with weights of its own for each of several inputs."""

from __future__ import annotations

import math

import torch
from torch import nn


class GroupedLinear(nn.Module):
    """Map (batch, groups, inputs) to (batch, groups, outputs), each group by its own weight matrix, without bias."""

    def __init__(self, groups: int, inputs: int, outputs: int) -> None:
        super().__init__()
        bound = 1 / math.sqrt(inputs)  # PyTorch's own start of a linear layer
        self.weight = nn.Parameter(torch.empty(groups, outputs, inputs).uniform_(-bound, bound))

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        """Multiply each group's vector by the group's matrix."""
        return torch.bmm(inputs.transpose(0, 1), self.weight.transpose(1, 2)).transpose(0, 1)
