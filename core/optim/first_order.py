"""Gradient descent with and without momentum, as torch optimizers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import torch


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
