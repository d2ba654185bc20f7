"""Initialisations of networks with shortcuts: their branches begin at zero, or small enough to need no norm.

A block with shortcuts says in `branches()` which layers scale each branch beside one, from first to last.
"""

from __future__ import annotations

import torch
from torch import nn

from core.models.parts.initialise import initialise_he_normal, initialise_xavier_uniform


def initialise_zero_residual(model: nn.Module, activation: str) -> None:
    """He's normal weights, but the last layer or norm of every branch is zero, so each block begins as its shortcut.

    Goyal et al. 2017 for the last batch norm; Zhang, Dauphin and Ma 2019 for the last weights.
    """
    initialise_he_normal(model, activation)
    for branch in residual_branches(model):
        nn.init.zeros_(branch[-1].weight)


def initialise_fixup(model: nn.Module, activation: str) -> None:
    """Fixup's first two rules (Zhang, Dauphin and Ma 2019), for L branches of m layers each.

    The output layer and the last layer of every branch are zero; the branch's other layers have He's weights times
    L^(-1 / (2m - 2)). The third rule, scalar biases and multipliers as further parameters, changes the model and is
    left out: the biases of our layers do part of it.
    """
    initialise_he_normal(model, activation)
    found = residual_branches(model)
    with torch.no_grad():
        for *inner, last in found:
            for layer in inner:
                layer.weight.mul_(len(found) ** (-1 / (2 * len(inner))))
            last.weight.zero_()
        model.get_submodule("output").weight.zero_()


def initialise_t_fixup(model: nn.Module, activation: str) -> None:
    """T-Fixup of an encoder of N blocks (Huang et al. 2020): Xavier, then scaled by 0.67 N^(-1/4).

    Scaled are the embedding, the values and the joining layer of the attention, and both feed-forward layers. An
    embedding table is drawn normal with standard deviation width^(-1/2).
    """
    initialise_xavier_uniform(model, activation)
    blocks = [module for module in model.modules() if hasattr(module, "branches")]
    scale = 0.67 * len(blocks) ** -0.25
    with torch.no_grad():
        for name, module in model.named_children():
            if isinstance(module, nn.Embedding):
                module.weight.normal_(0.0, module.embedding_dim**-0.5).mul_(scale)
                module.weight[0].zero_()  # padding
            elif name == "embed":
                module.weight.mul_(scale)
        for branch in residual_branches(model):
            for layer in branch:
                layer.weight.mul_(scale)


def residual_branches(model: nn.Module) -> list[tuple[nn.Module, ...]]:
    """The scaling layers of every branch beside a shortcut, in the order of the blocks."""
    return [branch for module in model.modules() if hasattr(module, "branches") for branch in module.branches()]
