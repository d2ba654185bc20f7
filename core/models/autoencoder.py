"""Autoencoders: dense layers, or convolutions, that squeeze the input through a narrow code and rebuild it from there."""

from __future__ import annotations

import math

import torch
from torch import nn

from core.models.base import ModelInput
from core.models.cnn import CHANNEL_CAP
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


class ConvolutionToRow(nn.Conv2d):
    """A convolution whose image is put out as a row of numbers."""

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        """Map (batch, incoming, height, width) to (batch, channels * height * width)."""
        return super().forward(image).flatten(1)


def coding_convolution(incoming: int, channels: int, activation: str, *, stride: int = 1) -> nn.Sequential:
    """A 3x3 convolution and its activation; the image is divided by `stride`, rounded up."""
    layer = nn.Sequential()
    layer.add_module("conv", nn.Conv2d(incoming, channels, 3, stride, padding=1))
    layer.add_module("activation", make_activation(activation))
    return layer


def make_conv_autoencoder(
    model_input: ModelInput,
    outputs: int,
    *,
    code: int = 16,
    channels: int = 16,
    stages: int = 2,
    activation: str = "relu",
    noise: float = 0.0,
) -> nn.Sequential:
    """Build encode1, encode2, ..., a linear `code`, `unfold`, decode1, ..., and `output` (Masci et al. 2011).

    Each encoding stage is a convolution of stride 2 with twice the channels of the one before. `unfold` makes an image of the
    code; each decoding stage repeats every pixel, to the size that the encoder had there, and convolves: transposed
    convolutions leave a checkerboard where their windows overlap unevenly (Odena, Dumoulin and Olah 2016).
    Returns a module from (batch, channels, height, width) to (batch, outputs), outputs being all values of the input in a row.

    Raises:
        ValueError: where `outputs` is not the number of values in an input.
    """
    incoming, *size = model_input.shape
    if outputs != math.prod(model_input.shape):
        raise ValueError(
            f"{outputs} outputs asked for, but an input has {math.prod(model_input.shape)} values to rebuild."
        )
    model = nn.Sequential()
    if noise > 0:
        model.add_module("noise", InputNoise(noise))
    sizes, widths = [size], [incoming]
    for number in range(1, stages + 1):
        width = min(channels << (number - 1), CHANNEL_CAP)
        model.add_module(f"encode{number}", coding_convolution(widths[-1], width, activation, stride=2))
        sizes.append([math.ceil(side / 2) for side in sizes[-1]])
        widths.append(width)
    model.add_module("flatten", nn.Flatten())
    features = widths[-1] * math.prod(sizes[-1])
    model.add_module("code", nn.Linear(features, code))
    unfold = coding_layer(code, features, activation)
    unfold.add_module("image", nn.Unflatten(1, (widths[-1], *sizes[-1])))
    model.add_module("unfold", unfold)
    for number, stage in enumerate(range(stages, 0, -1), 1):
        decode = nn.Sequential()
        decode.add_module("repeat", nn.Upsample(size=tuple(sizes[stage - 1])))
        width = widths[max(stage - 1, 1)]
        for name, part in coding_convolution(widths[stage], width, activation).named_children():
            decode.add_module(name, part)
        model.add_module(f"decode{number}", decode)
    model.add_module("output", ConvolutionToRow(widths[1], incoming, 3, padding=1))
    return model
