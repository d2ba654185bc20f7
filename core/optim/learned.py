"""Optimizers that learn their own step size, or need no schedule, as torch optimizers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import torch


def make_prodigy(
    parameters: Iterable[torch.Tensor] | Iterable[dict[str, Any]],
    lr: float,
    weight_decay: float,
    *,
    beta1: float = 0.9,
    beta2: float = 0.999,
    d0: float = 1e-6,
    d_coef: float = 1.0,
    bias_correction: bool = False,
    safeguard_warmup: bool = False,
) -> torch.optim.Optimizer:
    """Prodigy (Mishchenko and Defazio 2024); weight decay shrinks the weights directly."""
    from pytorch_optimizer import Prodigy

    return Prodigy(
        parameters,
        lr=lr,
        weight_decay=weight_decay,
        betas=(beta1, beta2),
        d0=d0,
        d_coef=d_coef,
        bias_correction=bias_correction,
        safeguard_warmup=safeguard_warmup,
    )


def make_schedule_free(
    parameters: Iterable[torch.Tensor] | Iterable[dict[str, Any]],
    lr: float,
    weight_decay: float,
    *,
    interpolation: float = 0.9,
    beta2: float = 0.999,
    warmup_steps: int = 0,
    eps: float = 1e-8,
) -> torch.optim.Optimizer:
    """Schedule-Free AdamW (Defazio et al. 2024); weight decay shrinks the weights directly."""
    from pytorch_optimizer import ScheduleFreeAdamW

    return ScheduleFreeAdamW(
        parameters,
        lr=lr,
        weight_decay=weight_decay,
        betas=(interpolation, beta2),
        warmup_steps=warmup_steps,
        eps=eps,
    )


class Hypergradient(torch.optim.Optimizer):
    """SGD or Adam whose learning rate is multiplied by a factor that gradient descent learns on the way.

    `lr_scale` in the parameter groups is that factor. After every gradient g it is multiplied by
    1 + hyper_rate * cos(g, the step's direction before), the multiplicative rule of Baydin et al. 2018.
    """

    def __init__(self, parameters: Any, **defaults: Any) -> None:
        super().__init__(parameters, {**defaults, "lr_scale": 1.0, "steps": 0})

    @torch.no_grad()
    def step(self, closure: Any = None) -> Any:
        """Learn the factor and step."""
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        gradients = {
            p: p.grad.add(p, alpha=group["weight_decay"])
            for group in self.param_groups
            for p in group["params"]
            if p.grad is not None
        }
        scale = self.param_groups[0]["lr_scale"] * (1 + self.param_groups[0]["hyper_rate"] * self._cosine(gradients))
        for group in self.param_groups:
            group["lr_scale"] = scale
            group["steps"] += 1
            for weight in group["params"]:
                if weight in gradients:
                    direction = self._direction(group, self.state[weight], gradients[weight])
                    self.state[weight]["direction"] = direction
                    weight.add_(direction, alpha=-group["lr"] * scale)
        return loss

    def _cosine(self, gradients: dict[torch.Tensor, torch.Tensor]) -> float:
        """Cosine between the gradient and the last step's direction; 0 when there is none."""
        pairs = [(g, self.state[p]["direction"]) for p, g in gradients.items() if "direction" in self.state[p]]
        if not pairs:
            return 0.0
        dot, left, right = (
            torch.stack([one[i].flatten().dot(one[j].flatten()) for one in pairs]).sum()
            for i, j in ((0, 1), (0, 0), (1, 1))
        )
        return float(torch.nan_to_num(dot / (left.sqrt() * right.sqrt()), 0.0, 0.0, 0.0).clamp(-1, 1))

    @staticmethod
    def _direction(group: dict[str, Any], state: dict[str, Any], gradient: torch.Tensor) -> torch.Tensor:
        """What the weights move against: the gradient, or Adam's direction."""
        if group["base"] == "sgd":
            return gradient
        beta1, beta2 = group["betas"]
        mean = state.setdefault("mean", torch.zeros_like(gradient)).lerp_(gradient, 1 - beta1)
        square = state.setdefault("square", torch.zeros_like(gradient)).lerp_(gradient.square(), 1 - beta2)
        size = (square / (1 - beta2 ** group["steps"])).sqrt_().add_(group["eps"])
        return mean / (1 - beta1 ** group["steps"]) / size


def make_hypergradient(
    parameters: Iterable[torch.Tensor] | Iterable[dict[str, Any]],
    lr: float,
    weight_decay: float,
    *,
    base: str = "adam",
    hyper_rate: float = 0.02,
    adam_beta1: float = 0.9,
    adam_beta2: float = 0.999,
    eps: float = 1e-8,
) -> torch.optim.Optimizer:
    """SGD-HD or Adam-HD (Baydin et al. 2018), multiplicative; weight decay is added to the gradient."""
    return Hypergradient(
        parameters,
        lr=lr,
        weight_decay=weight_decay,
        base=base,
        hyper_rate=hyper_rate,
        betas=(adam_beta1, adam_beta2),
        eps=eps,
    )
