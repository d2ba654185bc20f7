"""Optimizers around other optimizers: Lookahead and SAM, and the base they share."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import torch

from core.optim.adaptive import make_adam
from core.optim.first_order import make_momentum


class Around(torch.optim.Optimizer):
    """An optimizer around others, which work on its parameter groups and its state: one state_dict holds everything.

    `own` settings stand in every group beside those of the inner optimizers.
    """

    def __init__(self, *inner: torch.optim.Optimizer, **own: Any) -> None:
        super().__init__([group for one in inner for group in one.param_groups], own)
        self.inner = inner
        self._share()

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Restore, and hand the restored groups and state on."""
        super().load_state_dict(state_dict)
        self._share()

    def _share(self) -> None:
        begin = 0
        for one in self.inner:
            end = begin + len(one.param_groups)
            one.param_groups, one.state, begin = self.param_groups[begin:end], self.state, end

    def with_gradient(self) -> list[torch.Tensor]:
        """The parameters that have a gradient now."""
        return [p for group in self.param_groups for p in group["params"] if p.grad is not None]


class Lookahead(Around):
    """Every `sync_every` steps the weights go back to `slow_share` of the way they came since the last time."""

    def __init__(self, base: torch.optim.Optimizer, *, sync_every: int, slow_share: float) -> None:
        super().__init__(base, sync_every=sync_every, slow_share=slow_share, fast_steps=0)

    @torch.no_grad()
    def step(self, closure: Any = None) -> Any:
        """One step of the inner optimizer, and the slow weights' when it is time."""
        begun = {p: None if "slow" in self.state[p] else p.clone() for p in self.with_gradient()}
        loss = self.inner[0].step(closure)
        for weight, first in begun.items():
            if first is not None:  # only now: the inner optimizer begins a weight whose state is empty
                self.state[weight]["slow"] = first
        for group in self.param_groups:
            group["fast_steps"] = (group["fast_steps"] + 1) % group["sync_every"]
            if group["fast_steps"] == 0:
                for weight in group["params"]:
                    if "slow" in self.state[weight]:
                        slow = self.state[weight]["slow"]
                        slow.lerp_(weight, group["slow_share"])
                        weight.copy_(slow)
        return loss


class SAM(Around):
    """The inner optimizer steps with the gradient at the worst point within `rho`, to first order."""

    def __init__(self, base: torch.optim.Optimizer, *, rho: float, adaptive: bool) -> None:
        super().__init__(base, rho=rho, adaptive=adaptive)

    @torch.no_grad()
    def step(self, closure: Any = None) -> Any:
        """Climb, take the gradient there, come back and step; `closure` is called twice.

        Raises:
            ValueError: without a closure.
        """
        if closure is None:
            raise ValueError("SAM needs two gradients a step; call step(closure) with a closure that computes them.")
        with torch.enable_grad():
            loss = closure()
        weights = self.with_gradient()
        begun = [weight.clone() for weight in weights]
        climbs = [
            self._direction(group, p) for group in self.param_groups for p in group["params"] if p.grad is not None
        ]
        norm = torch.linalg.vector_norm(torch.stack([torch.linalg.vector_norm(length) for length, _ in climbs]))
        radius = self.param_groups[0]["rho"] / (norm + 1e-12)
        for weight, (_, climb) in zip(weights, climbs, strict=True):
            weight.add_(climb * radius)
        with torch.enable_grad():
            closure()
        torch._foreach_copy_(weights, begun)
        self.inner[0].step()
        return loss

    @staticmethod
    def _direction(group: dict[str, Any], weight: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """What the norm is taken of, and the direction of the climb (ASAM scales both by the weight's size)."""
        if not group["adaptive"]:
            return weight.grad, weight.grad
        length = weight.abs() * weight.grad
        return length, weight.abs() * length


def make_base(
    base: str,
    parameters: Iterable[torch.Tensor] | Iterable[dict[str, Any]],
    lr: float,
    weight_decay: float,
    momentum: float,
) -> torch.optim.Optimizer:
    """The optimizer inside a wrapper; `momentum` is Adam's beta1."""
    if base == "adam":
        return make_adam(parameters, lr, weight_decay, beta1=momentum)
    return make_momentum(parameters, lr, weight_decay, momentum=momentum)


def make_lookahead(
    parameters: Iterable[torch.Tensor] | Iterable[dict[str, Any]],
    lr: float,
    weight_decay: float,
    *,
    base: str = "momentum",
    momentum: float = 0.9,
    sync_every: int = 5,
    slow_share: float = 0.5,
) -> torch.optim.Optimizer:
    """Lookahead (Zhang et al. 2019)."""
    inner = make_base(base, parameters, lr, weight_decay, momentum)
    return Lookahead(inner, sync_every=sync_every, slow_share=slow_share)


def make_sam(
    parameters: Iterable[torch.Tensor] | Iterable[dict[str, Any]],
    lr: float,
    weight_decay: float,
    *,
    base: str = "momentum",
    momentum: float = 0.9,
    rho: float = 0.05,
    adaptive: bool = False,
) -> torch.optim.Optimizer:
    """Sharpness-aware minimisation (Foret et al. 2021); `adaptive` is ASAM (Kwon et al. 2021)."""
    return SAM(make_base(base, parameters, lr, weight_decay, momentum), rho=rho, adaptive=adaptive)
