"""Losses as modules: from a model's output (batch, outputs) and the targets to one mean value."""

from __future__ import annotations

import torch
from torch import nn


class RegressionLoss(nn.Module):
    """Apply a loss to outputs (batch, 1) and targets (batch,), after taking the last axis off the outputs.

    To rebuild an input, outputs and targets are (batch, values), and the mean is over all of them.
    """

    def __init__(self, loss: nn.Module) -> None:
        super().__init__()
        self.loss = loss

    def forward(self, outputs: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        """Return the mean loss, a 0-d tensor.

        Raises:
            ValueError: the shapes differ, which torch would turn into a (batch, batch) table of differences.
        """
        values = outputs.squeeze(1) if outputs.ndim == 2 and targets.ndim == 1 else outputs
        if values.shape != targets.shape:
            raise ValueError(
                f"The model's output has shape {tuple(outputs.shape)} and the targets {tuple(targets.shape)}; "
                "a regression needs (batch, 1) and (batch,)."
            )
        return self.loss(values, targets)


def make_cross_entropy(*, label_smoothing: float = 0.0) -> nn.Module:
    """Mean of -log softmax(logits)[class]: logits (batch, classes), class numbers (batch,) int64."""
    return nn.CrossEntropyLoss(label_smoothing=label_smoothing)


def make_mse() -> nn.Module:
    """Mean squared error."""
    return RegressionLoss(nn.MSELoss())


def make_mae() -> nn.Module:
    """Mean absolute error."""
    return RegressionLoss(nn.L1Loss())


def make_huber(*, delta: float = 1.0) -> nn.Module:
    """Squared error up to `delta`, linear beyond (Huber 1964)."""
    return RegressionLoss(nn.HuberLoss(delta=delta))
