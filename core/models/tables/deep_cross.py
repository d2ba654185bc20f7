"""Deep & cross network for tables: products of features beside dense layers (Wang et al. 2021)."""

from __future__ import annotations

import torch
from torch import nn

from core.models.base import ModelInput
from core.models.mlp import DenseBlock


class CrossLayer(nn.Module):
    """x' = x0 * (W x + b) + x: one more factor of the first features in every product (Wang et al. 2021)."""

    def __init__(self, features: int) -> None:
        super().__init__()
        self.linear = nn.Linear(features, features)

    def forward(self, first: torch.Tensor, features: torch.Tensor) -> torch.Tensor:
        """Map x0 and x, both (batch, features), to (batch, features)."""
        return first * self.linear(features) + features


class DeepCrossNetwork(nn.Module):
    """Layers cross1, cross2, ... and hidden1, hidden2, ..., side by side or stacked, then `output`."""

    def __init__(
        self,
        model_input: ModelInput,
        outputs: int,
        crosses: int,
        depth: int,
        width: int,
        stacked: bool,
        activation: str,
        dropout: float,
    ) -> None:
        super().__init__()
        self.stacked = stacked
        features = wide = model_input.shape[0]
        self.cross_names = [f"cross{number}" for number in range(1, crosses + 1)]
        self.dense_names = [f"hidden{number}" for number in range(1, depth + 1)]
        for name in self.cross_names:
            self.add_module(name, CrossLayer(features))
        for name in self.dense_names:
            self.add_module(name, DenseBlock(wide, width, activation, "none", "before", dropout, "unit", False, None))
            wide = width
        self.output = nn.Linear(wide if stacked else features + wide, outputs)

    def forward(self, first: torch.Tensor) -> torch.Tensor:
        """Map (batch, features) to (batch, outputs)."""
        crossed = first
        for name in self.cross_names:
            crossed = getattr(self, name)(first, crossed)
        deep = crossed if self.stacked else first
        for name in self.dense_names:
            deep = getattr(self, name)(deep)
        return self.output(deep if self.stacked else torch.cat([crossed, deep], dim=1))


def make_deep_cross(
    model_input: ModelInput,
    outputs: int,
    *,
    crosses: int = 2,
    depth: int = 2,
    width: int = 64,
    structure: str = "parallel",
    activation: str = "relu",
    dropout: float = 0.0,
) -> DeepCrossNetwork:
    """Build a deep & cross network, version 2 (Wang et al. 2021); `structure` is parallel or stacked."""
    return DeepCrossNetwork(model_input, outputs, crosses, depth, width, structure == "stacked", activation, dropout)
