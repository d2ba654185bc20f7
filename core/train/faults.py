"""Faults of a training loop, put in on purpose: for teaching, and to see what the diagnosis says."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

from core.models.parts.dropout import DropConnect
from core.models.parts.parametrised import own_parameters


def break_loop(fault: str, model: nn.Module, optimizer: torch.optim.Optimizer) -> None:
    """Put `fault` (a choice of train.fault) into a model and its optimizer, in place; "none" changes nothing.

    no_zero_grad     gradients are never cleared
    uphill           the optimizer maximises
    left_out_layer   the first layer's parameters are not given to the optimizer
    double_softmax   the model's outputs pass through a softmax before a loss that has its own
    training_mode and sorted_rows are the business of the evaluation and of the plan
    """
    if fault == "no_zero_grad":
        optimizer.zero_grad = lambda set_to_none=True: None
    elif fault == "uphill":
        optimizer.register_step_pre_hook(_turn_gradients)
        optimizer.register_step_post_hook(_step_is_over)
    elif fault == "left_out_layer":
        owned = (own_parameters(module).values() for module in model.modules())
        left_out = next({id(p) for p in own} for own in owned if any(p.ndim >= 2 for p in own))
        for group in optimizer.param_groups:
            group["params"] = [p for p in group["params"] if id(p) not in left_out]
    elif fault == "double_softmax":
        model.register_forward_hook(lambda module, inputs, output: output.softmax(dim=1))


def _turn_gradients(optimizer: torch.optim.Optimizer, given: Any, named: Any) -> Any:
    """Before a step: turn the gradients round, or the closure that will compute them.

    torch calls the hooks once for each class whose `step` takes part, so those of a step within a step do nothing.
    """
    depth = getattr(optimizer, "_steps_within", 0)
    optimizer._steps_within = depth + 1
    if depth:
        return None
    if len(given) < 2:
        _turn_back(optimizer)
        return None

    def turned(backward: bool = True) -> torch.Tensor:
        loss: torch.Tensor = given[1]() if backward else given[1](backward=False)
        if backward:
            _turn_back(optimizer)
        return -loss

    return (given[0], turned), named


def _step_is_over(optimizer: torch.optim.Optimizer, *_: Any) -> None:
    """After the outermost step: give the gradients their own sign again."""
    optimizer._steps_within -= 1
    if optimizer._steps_within == 0:
        _turn_back(optimizer)


def _turn_back(optimizer: torch.optim.Optimizer, *_: Any) -> None:
    """Turn the gradients round in new tensors: whoever recorded the old ones keeps them."""
    for group in optimizer.param_groups:
        for weight in group["params"]:
            if weight.grad is not None:
                weight.grad = -weight.grad


def tells_modes_apart(model: nn.Module) -> bool:
    """Whether the model computes something else in training mode than in evaluation mode: dropout or batch norm."""
    kinds = (nn.modules.dropout._DropoutNd, nn.modules.batchnorm._BatchNorm, DropConnect)
    return any(isinstance(module, kinds) for module in model.modules())
