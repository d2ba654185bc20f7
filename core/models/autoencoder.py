"""Autoencoder: dense layers that squeeze the input through a narrow code and rebuild it from there."""

from __future__ import annotations

import math

import torch
from torch import nn

from core.models.base import ModelInput
from core.models.parts.activations import make_activation


class InputNoise(nn.Module):
    """Add Gaussian noise of standard deviation `std` while training; pass the input on otherwise."""

    def __init__(self, std: float) -> None:
        super().__init__()
        self.std = std

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        """Map inputs of any shape to the same shape."""
        return inputs + self.std * torch.randn_like(inputs) if self.training else inputs


def coding_layer(features: int, units: int, activation: str) -> nn.Sequential:
    """A linear layer and its activation."""
    layer = nn.Sequential()
    layer.add_module("linear", nn.Linear(features, units))
    layer.add_module("activation", make_activation(activation))
    return layer


def make_autoencoder(
    model_input: ModelInput,
    outputs: int,
    *,
    code: int = 4,
    width: int = 64,
    depth: int = 2,
    activation: str = "relu",
    noise: float = 0.0,
) -> nn.Sequential:
    """Build encode1, encode2, ..., a linear `code`, decode1, ... and `output` (Hinton and Salakhutdinov 2006).

    Each encoding layer is half as wide as the one before, from `width` on, but no narrower than the code; the decoder
    mirrors it. With `noise` the input is disturbed in training and the clean one is to be rebuilt (Vincent et al. 2008).
    Returns a module from (batch, ...) to (batch, outputs), outputs being all values of the input in a row.
    """
    model = nn.Sequential()
    if noise > 0:
        model.add_module("noise", InputNoise(noise))
    if len(model_input.shape) > 1:
        model.add_module("flatten", nn.Flatten())
    features = math.prod(model_input.shape)
    widths = [max(width >> layer, code) for layer in range(depth)]
    for number, units in enumerate(widths, 1):
        model.add_module(f"encode{number}", coding_layer(features, units, activation))
        features = units
    model.add_module("code", nn.Linear(features, code))
    features = code
    for number, units in enumerate(reversed(widths), 1):
        model.add_module(f"decode{number}", coding_layer(features, units, activation))
        features = units
    model.add_module("output", nn.Linear(features, outputs))
    return model
