"""Optimizers that use curvature, or whole matrices of gradients, as torch optimizers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import torch

from core.optim.wrappers import Around


class LBFGS(torch.optim.LBFGS):
    """torch's L-BFGS with an L2 penalty, which that one lacks: it is part of every loss and gradient."""

    def __init__(self, parameters: Any, *, weight_decay: float, **options: Any) -> None:
        super().__init__(parameters, **options)
        self.param_groups[0].setdefault("weight_decay", weight_decay)

    @torch.no_grad()
    def step(self, closure: Any) -> Any:
        """Up to `max_iter` iterations on the batch of `closure`; returns the first loss."""
        group = self.param_groups[0]
        self._params = group["params"]

        def penalised() -> torch.Tensor:
            loss = closure()
            with torch.no_grad():
                for weight in group["params"] if group["weight_decay"] else ():
                    if weight.grad is not None:
                        weight.grad = weight.grad.add(weight, alpha=group["weight_decay"])
                        loss = loss + group["weight_decay"] / 2 * weight.square().sum()
            return loss

        return super().step(penalised)


def make_lbfgs(
    parameters: Iterable[torch.Tensor] | Iterable[dict[str, Any]],
    lr: float,
    weight_decay: float,
    *,
    max_iter: int = 4,
    history_size: int = 10,
    line_search: str = "strong_wolfe",
) -> torch.optim.Optimizer:
    """L-BFGS (Liu and Nocedal 1989)."""
    return LBFGS(
        parameters,
        lr=lr,
        weight_decay=weight_decay,
        max_iter=max_iter,
        history_size=history_size,
        line_search_fn=None if line_search == "none" else line_search,
    )


class Soap(Around):
    """SOAP that hands a gradient that is not finite on to the weights, as others do, where no eigenbasis exists."""

    @torch.no_grad()
    def step(self, closure: Any = None) -> Any:
        """One step of SOAP."""
        try:
            return self.inner[0].step(closure)
        except torch.linalg.LinAlgError:
            for weight in self.with_gradient():
                weight.add_(weight.grad)
            self.state.clear()
            for group in self.param_groups:
                group["step"] = 0


def make_soap(
    parameters: Iterable[torch.Tensor] | Iterable[dict[str, Any]],
    lr: float,
    weight_decay: float,
    *,
    beta1: float = 0.95,
    beta2: float = 0.95,
    refresh_every: int = 10,
    eps: float = 1e-8,
) -> torch.optim.Optimizer:
    """SOAP (Vyas et al. 2025); weight decay shrinks the weights directly."""
    from pytorch_optimizer import SOAP

    return Soap(
        SOAP(
            parameters,
            lr=lr,
            weight_decay=weight_decay,
            betas=(beta1, beta2),
            precondition_frequency=refresh_every,
            eps=eps,
        )
    )


class Sophia(Around):
    """SophiaH that estimates the Hessian's diagonal itself, every `refresh_every` steps, with the closure's loss."""

    def __init__(self, base: torch.optim.Optimizer, *, refresh_every: int) -> None:
        super().__init__(base, refresh_every=refresh_every)

    @torch.no_grad()
    def step(self, closure: Any = None) -> Any:
        """One step; `closure(backward=False)` must return the loss with its graph.

        Raises:
            ValueError: without a closure.
        """
        if closure is None:
            raise ValueError("Sophia needs the loss once more for its curvature; call step(closure).")
        with torch.enable_grad():
            loss = closure()
        group = self.param_groups[0]
        due = group.get("step", 0) % group["refresh_every"] == 0
        self.inner[0].step(hessian=self._curvature(closure) if due else None)
        return loss

    @torch.enable_grad()
    def _curvature(self, closure: Any) -> list[torch.Tensor]:
        """z * Hz for a normal z: Hutchinson's estimate of the Hessian's diagonal, one tensor per parameter.

        Attention and recurrent layers run in their plain kernels here, as the fast ones can't be differentiated twice.
        """
        weights = [p for group in self.param_groups for p in group["params"]]
        plain = torch.nn.attention.sdpa_kernel(torch.nn.attention.SDPBackend.MATH)
        with plain, torch.backends.cudnn.flags(enabled=False):
            loss = closure(backward=False)
        noise = [torch.randn_like(weight) for weight in weights]
        slopes = torch.autograd.grad(loss, weights, create_graph=True, allow_unused=True, materialize_grads=True)
        along = [(slope, z) for slope, z in zip(slopes, noise, strict=True) if slope.requires_grad]
        products = torch.autograd.grad(
            [slope for slope, _ in along], weights, [z for _, z in along], allow_unused=True, materialize_grads=True
        )
        return [z * product for z, product in zip(noise, products, strict=True)]


def make_sophia(
    parameters: Iterable[torch.Tensor] | Iterable[dict[str, Any]],
    lr: float,
    weight_decay: float,
    *,
    beta1: float = 0.96,
    beta2: float = 0.99,
    limit: float = 0.01,
    refresh_every: int = 10,
) -> torch.optim.Optimizer:
    """Sophia-H (Liu et al. 2024); weight decay shrinks the weights directly."""
    from pytorch_optimizer import SophiaH

    base = SophiaH(
        parameters,
        lr=lr,
        weight_decay=weight_decay,
        betas=(beta1, beta2),
        p=limit,
        update_period=refresh_every,
    )
    return Sophia(base, refresh_every=refresh_every)


class Muon(Around):
    """Muon for the hidden matrices and AdamW for the rest, as one optimizer; one learning rate serves both."""

    @torch.no_grad()
    def step(self, closure: Any = None) -> Any:
        """One step of both."""
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for one in self.inner:
            one.step()
        return loss


def hidden_matrices(weights: list[torch.Tensor]) -> set[int]:
    """The ids of the 2-D weights between the first one and the last, or all but the last if there are only two."""
    matrices = [weight for weight in weights if weight.ndim == 2]
    return {id(weight) for weight in (matrices[1:-1] if len(matrices) > 2 else matrices[:-1])}


def make_muon(
    parameters: Iterable[torch.Tensor] | Iterable[dict[str, Any]],
    lr: float,
    weight_decay: float,
    *,
    momentum: float = 0.95,
    beta2: float = 0.95,
    iterations: int = 5,
) -> torch.optim.Optimizer:
    """Muon (Jordan et al. 2024) with the step sizes of Liu et al. 2025; weight decay shrinks the weights directly."""
    given = list(parameters)
    groups = [dict(one) if isinstance(one, dict) else {"params": [one]} for one in given]
    if given and not isinstance(given[0], dict):
        groups = [{"params": given}]
    groups = [{**group, "params": list(group["params"])} for group in groups]
    hidden = hidden_matrices([weight for group in groups for weight in group["params"]])
    split = [
        [{**group, "params": [p for p in group["params"] if (id(p) in hidden) == inside]} for group in groups]
        for inside in (True, False)
    ]
    for_muon, for_adamw = ([group for group in part if group["params"]] for part in split)
    inner: list[torch.optim.Optimizer] = []
    if for_muon:
        inner.append(
            torch.optim.Muon(
                for_muon,
                lr=lr,
                weight_decay=weight_decay,
                momentum=momentum,
                ns_steps=iterations,
                adjust_lr_fn="match_rms_adamw",
            )
        )
    if for_adamw:
        inner.append(torch.optim.AdamW(for_adamw, lr=lr, weight_decay=weight_decay, betas=(momentum, beta2)))
    return Muon(*inner)
