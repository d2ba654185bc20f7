"""Gradient descent with and without momentum, as torch optimizers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import torch

from core.optim.evaluation import KeepsAverage


def make_sgd(
    parameters: Iterable[torch.Tensor] | Iterable[dict[str, Any]], lr: float, weight_decay: float
) -> torch.optim.Optimizer:
    """Plain stochastic gradient descent."""
    return torch.optim.SGD(parameters, lr=lr, weight_decay=weight_decay)


def make_momentum(
    parameters: Iterable[torch.Tensor] | Iterable[dict[str, Any]],
    lr: float,
    weight_decay: float,
    *,
    momentum: float = 0.9,
    dampening: float = 0.0,
) -> torch.optim.Optimizer:
    """Gradient descent with heavy-ball momentum (Polyak 1964)."""
    return torch.optim.SGD(parameters, lr=lr, weight_decay=weight_decay, momentum=momentum, dampening=dampening)


def make_nesterov(
    parameters: Iterable[torch.Tensor] | Iterable[dict[str, Any]],
    lr: float,
    weight_decay: float,
    *,
    momentum: float = 0.9,
) -> torch.optim.Optimizer:
    """Gradient descent with Nesterov's momentum (Nesterov 1983; Sutskever et al. 2013)."""
    return torch.optim.SGD(parameters, lr=lr, weight_decay=weight_decay, momentum=momentum, nesterov=True)


class AveragedSGD(KeepsAverage, torch.optim.ASGD):
    """torch's ASGD whose average can be evaluated."""

    average_name = "ax"

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        for group in self.param_groups:
            group["train_mode"] = True


def make_asgd(
    parameters: Iterable[torch.Tensor] | Iterable[dict[str, Any]],
    lr: float,
    weight_decay: float,
    *,
    lambd: float = 1e-4,
    alpha: float = 0.75,
    t0: int = 100,
) -> torch.optim.Optimizer:
    """Averaged gradient descent (Polyak and Juditsky 1992)."""
    return AveragedSGD(parameters, lr=lr, weight_decay=weight_decay, lambd=lambd, alpha=alpha, t0=t0)


class Rprop(torch.optim.Rprop):
    """torch's Rprop with an L2 penalty, which that one lacks."""

    @torch.no_grad()
    def step(self, closure: Any = None) -> Any:
        """Step with the penalty added to the gradients, which are left as they were."""
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        gradients = [(p, p.grad) for group in self.param_groups for p in group["params"] if p.grad is not None]
        for group in self.param_groups:
            for weight in group["params"]:
                if weight.grad is not None:
                    weight.grad = weight.grad.add(weight, alpha=group["weight_decay"])
        super().step()
        for weight, gradient in gradients:
            weight.grad = gradient
        return loss


def make_rprop(
    parameters: Iterable[torch.Tensor] | Iterable[dict[str, Any]],
    lr: float,
    weight_decay: float,
    *,
    shrink: float = 0.5,
    grow: float = 1.2,
    least_step: float = 1e-6,
    largest_step: float = 50.0,
) -> torch.optim.Optimizer:
    """Resilient propagation (Riedmiller and Braun 1993)."""
    optimizer = Rprop(parameters, lr=lr, etas=(shrink, grow), step_sizes=(least_step, largest_step))
    for group in optimizer.param_groups:
        group.setdefault("weight_decay", weight_decay)
    return optimizer
