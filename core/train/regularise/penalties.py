"""Penalties added to the loss: on the weights, on sure answers, on steep slopes; and a limit on the weights' length."""

from __future__ import annotations

import torch
from torch import nn

from core.train.regularise.base import Batch, Forward, Regulariser, StepDraws


class L1Penalty(Regulariser):
    """Adds strength * sum |w| over weight matrices (Tibshirani 1996)."""

    def __init__(self, *, strength: float = 1e-4) -> None:
        self.strength = strength

    def penalty(self, batch: Batch) -> torch.Tensor | None:
        """The sum over all weights of two or more axes, times the strength."""
        return self.strength * sum_over_weights(batch.model, 1)


class L2Penalty(Regulariser):
    """Adds strength / 2 * sum w^2 over weight matrices (Hoerl and Kennard 1970; Krogh and Hertz 1992)."""

    def __init__(self, *, strength: float = 1e-3) -> None:
        self.strength = strength

    def penalty(self, batch: Batch) -> torch.Tensor | None:
        """Half the sum of squares over all weights of two or more axes, times the strength."""
        return self.strength / 2 * sum_over_weights(batch.model, 2)


class ElasticNet(Regulariser):
    """Adds strength * (share * sum |w| + (1 - share) / 2 * sum w^2) over weight matrices (Zou and Hastie 2005)."""

    def __init__(self, *, strength: float = 1e-4, share: float = 0.5) -> None:
        self.strength, self.share = strength, share

    def penalty(self, batch: Batch) -> torch.Tensor | None:
        """The two sums, weighed by the share."""
        absolute, squares = (sum_over_weights(batch.model, power) for power in (1, 2))
        return self.strength * (self.share * absolute + (1 - self.share) / 2 * squares)


class MaxNorm(Regulariser):
    """Shortens the incoming weights of a unit that are longer than `limit` (Srebro et al. 2004; Srivastava et al. 2014)."""

    def __init__(self, *, limit: float = 3.0) -> None:
        self.limit = limit

    @torch.no_grad()
    def after_update(self, model: nn.Module) -> None:
        """Scale each row of each weight matrix to a length of at most the limit."""
        for weight in weight_matrices(model):
            length = weight.flatten(1).norm(dim=1).clamp_min(1e-12)
            weight.mul_((self.limit / length).clamp(max=1.0).reshape(-1, *[1] * (weight.ndim - 1)))


class ConfidencePenalty(Regulariser):
    """Subtracts strength * entropy of the predicted probabilities (Pereyra et al. 2017)."""

    def __init__(self, *, strength: float = 0.1) -> None:
        self.strength = strength

    def penalty(self, batch: Batch) -> torch.Tensor | None:
        """The negative mean entropy, in nats, times the strength."""
        log_shares = batch.outputs.float().log_softmax(dim=1)
        return self.strength * (log_shares.exp() * log_shares).sum(dim=1).mean()


class GradientPenalty(Regulariser):
    """Adds strength * mean |d loss / d x|^2 (Drucker and LeCun 1992; Ross and Doshi-Velez 2018)."""

    def __init__(self, *, strength: float = 0.1) -> None:
        self.strength = strength

    def inputs(self, x: torch.Tensor, draws: StepDraws) -> torch.Tensor:
        """The same inputs, open to differentiation."""
        return x.detach().requires_grad_()

    def forward(self, model: nn.Module, forward: Forward, draws: StepDraws) -> Forward:
        """Recurrent layers without cuDNN, which can't be differentiated twice."""
        if not any(isinstance(module, nn.RNNBase) for module in model.modules()):
            return forward

        def plainly(x: torch.Tensor) -> torch.Tensor:
            with torch.backends.cudnn.flags(enabled=False):
                return forward(x)

        return plainly

    def penalty(self, batch: Batch) -> torch.Tensor | None:
        """The mean over rows of the squared length of each row's gradient; the loss is a mean, hence the factor."""
        slope = torch.autograd.grad(batch.loss, batch.x, create_graph=True)[0] * len(batch.x)
        return self.strength * slope.flatten(1).square().sum(dim=1).mean()


def sum_over_weights(model: nn.Module, power: int) -> torch.Tensor:
    """sum |w|^power over weight matrices, 0-d."""
    sums = [(weight.abs() if power == 1 else weight.square()).sum() for weight in weight_matrices(model)]
    return torch.stack(sums).sum()


def weight_matrices(model: nn.Module) -> list[nn.Parameter]:
    """The parameters of two or more axes: weights of layers and embeddings, without biases and the scales of norms."""
    return [parameter for parameter in model.parameters() if parameter.ndim >= 2]
