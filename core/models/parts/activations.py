"""Activation functions as modules: a new instance at every call, never in place."""

from __future__ import annotations

import torch
from torch import nn

from core.models.parts.activation_table import ACTIVATION_PIECES


class Maxout(nn.Module):
    """The largest of `pieces` neighbouring pre-activations stands for one unit (Goodfellow et al. 2013)."""

    def __init__(self, pieces: int) -> None:
        super().__init__()
        self.pieces = pieces

    def forward(self, pre_activation: torch.Tensor) -> torch.Tensor:
        """Map (batch, pieces * features, ...) to (batch, features, ...)."""
        return pre_activation.unflatten(1, (-1, self.pieces)).amax(dim=2)


ACTIVATION_CLASSES: dict[str, type[nn.Module]] = {
    "relu": nn.ReLU,
    "leaky_relu": nn.LeakyReLU,
    "tanh": nn.Tanh,
    "sigmoid": nn.Sigmoid,
    "gelu": nn.GELU,
    "silu": nn.SiLU,
    "elu": nn.ELU,
    "selu": nn.SELU,
    "softplus": nn.Softplus,
    "identity": nn.Identity,
    "prelu": nn.PReLU,
    "celu": nn.CELU,
    "mish": nn.Mish,
    "relu6": nn.ReLU6,
    "hard_tanh": nn.Hardtanh,
    "hard_sigmoid": nn.Hardsigmoid,
    "hard_swish": nn.Hardswish,
    "softsign": nn.Softsign,
    "maxout": Maxout,
}


def make_activation(name: str) -> nn.Module:
    """Return a new activation module; `name` is a key of ACTIVATION_CLASSES."""
    if name == "celu":
        return make_celu()
    if name == "maxout":
        return make_maxout()
    return ACTIVATION_CLASSES[name]()


def make_celu() -> nn.Module:
    """CELU with alpha 0.5, for with PyTorch's own 1 it is ELU (Barron 2017)."""
    return nn.CELU(0.5)


def make_maxout() -> nn.Module:
    """Maxout of two pieces."""
    return Maxout(ACTIVATION_PIECES["maxout"])
