"""Training on inputs made worse on purpose: one step up the loss (FGSM), or several (PGD)."""

from __future__ import annotations

import torch
from torch import nn

from core.optim.evaluation import frozen_statistics
from core.train.regularise.base import Batch, Forward, Regulariser


class FastGradientSign(Regulariser):
    """Trains on (1 - share) * loss(x) + share * loss(x + epsilon * sign(d loss / d x)) (Goodfellow et al. 2015)."""

    def __init__(self, *, epsilon: float = 0.1, share: float = 0.5) -> None:
        self.epsilon, self.share = epsilon, share

    def penalty(self, batch: Batch) -> torch.Tensor | None:
        """What makes the sum of the clean loss and this the weighed one."""
        attacked = fast_gradient_sign(batch.model, batch.forward, batch.criterion, batch.x, batch.y, self.epsilon)
        return self.share * (_loss_of(batch, attacked) - batch.loss)


class ProjectedGradientDescent(Regulariser):
    """The same with `steps` smaller steps, each brought back to within epsilon of the row (Madry et al. 2018)."""

    def __init__(self, *, epsilon: float = 0.1, steps: int = 5, share: float = 1.0) -> None:
        self.epsilon, self.steps, self.share = epsilon, steps, share

    def penalty(self, batch: Batch) -> torch.Tensor | None:
        """What makes the sum of the clean loss and this the weighed one."""
        generator = batch.draws.generator("pgd", batch.x.device)
        attacked = projected_gradient(
            batch.model, batch.forward, batch.criterion, batch.x, batch.y, self.epsilon, self.steps, generator
        )
        return self.share * (_loss_of(batch, attacked) - batch.loss)


def fast_gradient_sign(
    model: nn.Module, forward: Forward, criterion: nn.Module, x: torch.Tensor, y: torch.Tensor, epsilon: float
) -> torch.Tensor:
    """`x` (batch, ...) moved by epsilon in every value, each up the loss; a value that is exactly 0 in a padded step stays."""
    return (x + epsilon * _up(model, forward, criterion, x, y)).detach()


def projected_gradient(
    model: nn.Module,
    forward: Forward,
    criterion: nn.Module,
    x: torch.Tensor,
    y: torch.Tensor,
    epsilon: float,
    steps: int,
    generator: torch.Generator,
) -> torch.Tensor:
    """`x` moved up the loss by `steps` steps of 2.5 epsilon / steps from a random start, never further than epsilon."""
    start = 2.0 * torch.rand(x.shape, generator=generator, device=x.device, dtype=x.dtype) - 1.0
    moved = x.detach() + epsilon * start
    for _ in range(steps):
        moved = moved + 2.5 * epsilon / steps * _up(model, forward, criterion, moved, y)
        moved = torch.minimum(torch.maximum(moved, x - epsilon), x + epsilon).detach()
    return moved


def _up(model: nn.Module, forward: Forward, criterion: nn.Module, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    """The sign of d loss / d x; batch norm's running statistics stay as they are."""
    x = x.detach().requires_grad_()
    with torch.enable_grad(), frozen_statistics(model):
        slope = torch.autograd.grad(criterion(forward(x), y), x)[0]
    return slope.sign()


def _loss_of(batch: Batch, x: torch.Tensor) -> torch.Tensor:
    with frozen_statistics(batch.model):
        loss: torch.Tensor = batch.criterion(batch.forward(x), batch.y)
    return loss
