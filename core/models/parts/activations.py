"""Activation functions as modules: a new instance at every call, never in place."""

from __future__ import annotations

from torch import nn

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
}

# 1 / sqrt(E[f(z)^2]) for z ~ N(0, 1): weights of variance gain^2 / fan_in keep the mean square of the
# pre-activations from layer to layer (He et al. 2015 for ReLU; the same argument for the others).
ACTIVATION_GAINS: dict[str, float] = {
    "relu": 1.414214,
    "leaky_relu": 1.414143,
    "tanh": 1.592537,
    "sigmoid": 1.846229,
    "gelu": 1.533530,
    "silu": 1.676532,
    "elu": 1.245198,
    "selu": 1.000000,
    "softplus": 1.041867,
    "identity": 1.000000,
}


def make_activation(name: str) -> nn.Module:
    """Return a new activation module; `name` is a key of ACTIVATION_CLASSES."""
    return ACTIVATION_CLASSES[name]()
