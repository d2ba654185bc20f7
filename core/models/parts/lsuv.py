"""Layer-sequential unit variance: an initialisation that looks at data."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import nn

from core.models.parts.initialise import initialise_orthogonal


def initialise_lsuv(model: nn.Module, activation: str, *, batch: torch.Tensor) -> None:
    """Orthogonal weights, then each layer scaled to outputs of variance 1 on `batch` (Mishkin and Matas 2016).

    `batch` are rows as the model reads them, on its device. Layers come in the order in which they run, in one pass
    in evaluation mode: each is linear with a zero bias, so one division is exact, and the next layer already reads
    the scaled output. Of a recurrent layer, whose states are bounded, the input's share of all gates gets variance 1
    and the recurrent weights stay orthogonal; steps of zeros are padding and don't count.
    A layer whose outputs do not vary keeps its weights. No random number is drawn from the data's side.
    """
    initialise_orthogonal(model, activation, gain=1.0)
    training = [module for module in model.modules() if module.training]
    hooks: dict[nn.Module, Any] = {}

    def scale_layer(module: nn.Module, inputs: tuple[torch.Tensor], output: torch.Tensor) -> torch.Tensor:
        hooks.pop(module).remove()  # a module that runs twice is scaled once
        scale = unit_scale(output)
        module.weight.mul_(scale)
        return output * scale

    def scale_input(module: nn.Module, inputs: tuple[torch.Tensor, ...]) -> None:
        hooks.pop(module).remove()
        series = inputs[0]
        weight = module.weight_ih_l0
        weight.mul_(unit_scale(series[(series != 0).any(dim=-1)] @ weight.T))

    for module in model.modules():
        if isinstance(module, (nn.Linear, nn.Conv1d, nn.Conv2d)):
            hooks[module] = module.register_forward_hook(scale_layer)
        elif isinstance(module, nn.RNNBase):
            hooks[module] = module.register_forward_pre_hook(scale_input)
    model.eval()
    try:
        with torch.no_grad():
            model(batch)
    finally:
        for hook in hooks.values():
            hook.remove()
        for module in training:
            module.training = True


def unit_scale(values: torch.Tensor) -> float:
    """1 / standard deviation of `values`, or 1 where they do not vary by more than rounding."""
    if not values.numel():
        return 1.0
    exact = values.double()
    spread = float(exact.std(correction=0))
    if not math.isfinite(spread) or spread <= 1e-6 * float(exact.abs().max()) or spread < 1e-30:
        return 1.0
    return 1.0 / spread
