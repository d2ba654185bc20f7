"""Penalties on the size of the weights."""

from __future__ import annotations

import torch
from torch import nn

from core.train.regularise.base import Batch, Regulariser


class L1Penalty(Regulariser):
    """Adds strength * sum |w| over weight matrices; biases and the scales of norms are left alone (Tibshirani 1996)."""

    def __init__(self, *, strength: float = 1e-4) -> None:
        self.strength = strength

    def penalty(self, batch: Batch) -> torch.Tensor | None:
        """The sum over all weights of two or more axes, times the strength."""
        return self.strength * torch.stack([weight.abs().sum() for weight in weight_matrices(batch.model)]).sum()


def weight_matrices(model: nn.Module) -> list[nn.Parameter]:
    """The parameters of two or more axes: weights of layers and embeddings, without biases and the scales of norms."""
    return [parameter for parameter in model.parameters() if parameter.ndim >= 2]
