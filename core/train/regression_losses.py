"""Losses on numbers as modules: from a model's output (batch, 1) and the targets (batch,) to one mean value."""

from __future__ import annotations

import math

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


class CountLoss(RegressionLoss):
    """A loss whose outputs are logarithms of what is predicted."""

    def answer(self, outputs: torch.Tensor) -> torch.Tensor:
        """The numbers predicted by `outputs`, of any shape."""
        return outputs.exp()


class RowLoss(nn.Module):
    """A loss of every row (batch,), then their mean; with `reduction` "none" as they are."""

    def __init__(self) -> None:
        super().__init__()
        self.reduction = "mean"

    def of_rows(self, values: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        """The loss of every row, (batch,)."""
        raise NotImplementedError

    def forward(self, values: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        """The mean over rows, 0-d, or (batch,)."""
        found = self.of_rows(values, targets)
        return found if self.reduction == "none" else found.mean()


class LogCosh(RowLoss):
    """ln cosh(output - target), as e + ln(1 + exp(-2 e)) - ln 2, which can't overflow."""

    def of_rows(self, values: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        """See the class."""
        error = values - targets
        return error + nn.functional.softplus(-2.0 * error) - math.log(2.0)


class Pinball(RowLoss):
    """tau e where the target is e above the output, (1 - tau) |e| where it is below (Koenker and Bassett 1978)."""

    def __init__(self, tau: float) -> None:
        super().__init__()
        self.tau = tau

    def of_rows(self, values: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        """See the class."""
        above = targets - values
        return torch.maximum(self.tau * above, (self.tau - 1.0) * above)


class PoissonDeviance(RowLoss):
    """-ln p(count) of a Poisson distribution with rate exp(output), less its least value: half the deviance, 0 if perfect."""

    def of_rows(self, values: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        """See the class."""
        least = targets - torch.xlogy(targets, targets)
        return values.exp() - targets * values - least


def make_mse() -> nn.Module:
    """Mean squared error."""
    return RegressionLoss(nn.MSELoss())


def make_mae() -> nn.Module:
    """Mean absolute error."""
    return RegressionLoss(nn.L1Loss())


def make_huber(*, delta: float = 1.0) -> nn.Module:
    """Squared error up to `delta`, linear beyond (Huber 1964)."""
    return RegressionLoss(nn.HuberLoss(delta=delta))


def make_log_cosh() -> nn.Module:
    """Mean of ln cosh(output - target)."""
    return RegressionLoss(LogCosh())


def make_quantile(*, tau: float = 0.9) -> nn.Module:
    """Mean pinball loss of the quantile `tau`."""
    return RegressionLoss(Pinball(tau))


def make_poisson() -> nn.Module:
    """Mean of half the Poisson deviance; outputs are logarithms of the rate, targets counts of at least 0."""
    return CountLoss(PoissonDeviance())
