"""Optimizers that scale each weight's step by its past gradients, as torch optimizers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import torch


def make_adam(
    parameters: Iterable[torch.Tensor] | Iterable[dict[str, Any]],
    lr: float,
    weight_decay: float,
    *,
    beta1: float = 0.9,
    beta2: float = 0.999,
    eps: float = 1e-8,
    amsgrad: bool = False,
) -> torch.optim.Optimizer:
    """Adam (Kingma and Ba 2015); weight decay is added to the gradient."""
    return torch.optim.Adam(
        parameters, lr=lr, weight_decay=weight_decay, betas=(beta1, beta2), eps=eps, amsgrad=amsgrad
    )


def make_adamw(
    parameters: Iterable[torch.Tensor] | Iterable[dict[str, Any]],
    lr: float,
    weight_decay: float,
    *,
    beta1: float = 0.9,
    beta2: float = 0.999,
    eps: float = 1e-8,
    amsgrad: bool = False,
) -> torch.optim.Optimizer:
    """AdamW (Loshchilov and Hutter 2019); weight decay shrinks the weights directly, by lr * weight_decay."""
    return torch.optim.AdamW(
        parameters, lr=lr, weight_decay=weight_decay, betas=(beta1, beta2), eps=eps, amsgrad=amsgrad
    )


class RMSprop(torch.optim.RMSprop):
    """torch's RMSprop that can be given momentum while it trains, which that one fails at."""

    @torch.no_grad()
    def step(self, closure: Any = None) -> Any:
        """One step; weights that began without momentum get a place for it."""
        for group in self.param_groups:
            for weight in group["params"] if group["momentum"] else ():
                if self.state[weight]:
                    self.state[weight].setdefault("momentum_buffer", torch.zeros_like(weight))
        return super().step(closure)


def make_rmsprop(
    parameters: Iterable[torch.Tensor] | Iterable[dict[str, Any]],
    lr: float,
    weight_decay: float,
    *,
    alpha: float = 0.99,
    eps: float = 1e-8,
    momentum: float = 0.0,
) -> torch.optim.Optimizer:
    """RMSprop (Tieleman and Hinton 2012); weight decay is added to the gradient."""
    return RMSprop(parameters, lr=lr, weight_decay=weight_decay, alpha=alpha, eps=eps, momentum=momentum)


def make_adagrad(
    parameters: Iterable[torch.Tensor] | Iterable[dict[str, Any]],
    lr: float,
    weight_decay: float,
    *,
    eps: float = 1e-10,
    initial_accumulator: float = 0.0,
) -> torch.optim.Optimizer:
    """Adagrad (Duchi, Hazan and Singer 2011); weight decay is added to the gradient."""
    return torch.optim.Adagrad(
        parameters,
        lr=lr,
        weight_decay=weight_decay,
        eps=eps,
        initial_accumulator_value=initial_accumulator,
    )


def make_nadam(
    parameters: Iterable[torch.Tensor] | Iterable[dict[str, Any]],
    lr: float,
    weight_decay: float,
    *,
    beta1: float = 0.9,
    beta2: float = 0.999,
    eps: float = 1e-8,
    momentum_decay: float = 4e-3,
) -> torch.optim.Optimizer:
    """NAdam (Dozat 2016) with decoupled weight decay, the NAdamW of AlgoPerf."""
    return torch.optim.NAdam(
        parameters,
        lr=lr,
        weight_decay=weight_decay,
        betas=(beta1, beta2),
        eps=eps,
        momentum_decay=momentum_decay,
        decoupled_weight_decay=True,
    )


def make_radam(
    parameters: Iterable[torch.Tensor] | Iterable[dict[str, Any]],
    lr: float,
    weight_decay: float,
    *,
    beta1: float = 0.9,
    beta2: float = 0.999,
    eps: float = 1e-8,
) -> torch.optim.Optimizer:
    """RAdam (Liu et al. 2020); weight decay is added to the gradient."""
    return torch.optim.RAdam(parameters, lr=lr, weight_decay=weight_decay, betas=(beta1, beta2), eps=eps)


def make_adamax(
    parameters: Iterable[torch.Tensor] | Iterable[dict[str, Any]],
    lr: float,
    weight_decay: float,
    *,
    beta1: float = 0.9,
    beta2: float = 0.999,
    eps: float = 1e-8,
) -> torch.optim.Optimizer:
    """Adamax (Kingma and Ba 2015); weight decay is added to the gradient."""
    return torch.optim.Adamax(parameters, lr=lr, weight_decay=weight_decay, betas=(beta1, beta2), eps=eps)


def make_adadelta(
    parameters: Iterable[torch.Tensor] | Iterable[dict[str, Any]],
    lr: float,
    weight_decay: float,
    *,
    rho: float = 0.9,
    eps: float = 1e-6,
) -> torch.optim.Optimizer:
    """Adadelta (Zeiler 2012); weight decay is added to the gradient."""
    return torch.optim.Adadelta(parameters, lr=lr, weight_decay=weight_decay, rho=rho, eps=eps)


def make_adafactor(
    parameters: Iterable[torch.Tensor] | Iterable[dict[str, Any]],
    lr: float,
    weight_decay: float,
    *,
    beta2_decay: float = -0.8,
    d: float = 1.0,
) -> torch.optim.Optimizer:
    """Adafactor (Shazeer and Stern 2018) with relative steps; weight decay shrinks the weights directly."""
    return torch.optim.Adafactor(parameters, lr=lr, weight_decay=weight_decay, beta2_decay=beta2_decay, d=d)


def make_lion(
    parameters: Iterable[torch.Tensor] | Iterable[dict[str, Any]],
    lr: float,
    weight_decay: float,
    *,
    beta1: float = 0.9,
    beta2: float = 0.99,
) -> torch.optim.Optimizer:
    """Lion (Chen et al. 2023); weight decay shrinks the weights directly."""
    from pytorch_optimizer import Lion

    return Lion(parameters, lr=lr, weight_decay=weight_decay, betas=(beta1, beta2))
