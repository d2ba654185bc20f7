"""Faults of a training loop, put in on purpose: for teaching, and to see what the diagnosis says."""

from __future__ import annotations

import torch
from torch import nn


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
        for group in optimizer.param_groups:
            group["maximize"] = True
    elif fault == "left_out_layer":
        first = next(m for m in model.modules() if any(p.ndim >= 2 for p in m.parameters(recurse=False)))
        left_out = {id(p) for p in first.parameters(recurse=False)}
        for group in optimizer.param_groups:
            group["params"] = [p for p in group["params"] if id(p) not in left_out]
    elif fault == "double_softmax":
        model.register_forward_hook(lambda module, inputs, output: output.softmax(dim=1))


def tells_modes_apart(model: nn.Module) -> bool:
    """Whether the model computes something else in training mode than in evaluation mode: dropout or batch norm."""
    kinds = (nn.modules.dropout._DropoutNd, nn.modules.batchnorm._BatchNorm)
    return any(isinstance(module, kinds) for module in model.modules())
