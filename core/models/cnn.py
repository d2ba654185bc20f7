"""Plain convolutional network over images, series or texts: one convolution per hidden block."""

from __future__ import annotations

import math

from torch import nn

from core.models.base import ModelInput
from core.models.parts.activation_table import activation_pieces, layer_activations
from core.models.parts.activations import make_activation
from core.models.parts.dropout import add_dropout, make_convolution
from core.models.parts.inputs import ChannelsFirst
from core.models.parts.norms import add_norm, takes_bias_away
from core.models.parts.weight_norms import normalise_weight

CHANNEL_CAP = 512


def make_cnn(
    model_input: ModelInput,
    outputs: int,
    *,
    channels: int = 16,
    blocks: int = 2,
    kernel: int = 3,
    activation: str = "relu",
    norm: str = "batch",
    norm_place: str = "before",
    dropout: float = 0.0,
    dropout_kind: str = "unit",
    pooling: str = "max",
    pool_every: int = 1,
    head: str = "average",
    embedding: int = 32,
    activations: str | None = None,
) -> nn.Sequential:
    """Build a CNN with `blocks` convolutions named hidden1, hidden2, ..., a head and a last layer `output`.

    Every `pool_every`-th block ends by halving the height and width (or the time), after which the channels
    double, up to 512 (Simonyan and Zisserman 2015). Convolutions keep the size, with zeros at the border.
    The head averages each channel over all positions, or flattens them; padding at the end of a series or
    text counts as zeros there. A convolution before batch or instance norm has no bias. `activations` names one
    activation for each block, separated by commas; empty means `activation` for all.
    Returns a module from (batch, ...) to (batch, outputs).
    """
    model = nn.Sequential()
    image = model_input.kind == "image"
    sizes = list(model_input.shape[1:] if image else model_input.shape[:1])
    incoming = model_input.shape[0] if image else model_input.shape[-1]
    if model_input.kind == "text":
        model.add_module("embedding", nn.Embedding(model_input.vocabulary_size, embedding, padding_idx=0))
        incoming = embedding
    if not image:
        model.add_module("channels_first", ChannelsFirst())
    for index, name in enumerate(layer_activations(activation, activations, blocks), start=1):
        pool = pooling if pooling != "none" and index % pool_every == 0 else ""
        block = make_convolution_block(
            incoming, channels, kernel, name, norm, norm_place, dropout, dropout_kind, pool, len(sizes)
        )
        model.add_module(f"hidden{index}", block)
        incoming = channels
        if pool:
            sizes = [size // 2 for size in sizes]
            channels = min(2 * channels, CHANNEL_CAP)
    if head == "average":
        model.add_module("average", nn.AdaptiveAvgPool2d(1) if image else nn.AdaptiveAvgPool1d(1))
        sizes = [1]
    model.add_module("flatten", nn.Flatten())
    model.add_module("output", nn.Linear(incoming * math.prod(sizes), outputs))
    return model


def make_convolution_block(
    incoming: int,
    channels: int,
    kernel: int,
    activation: str,
    norm: str,
    place: str,
    dropout: float,
    kind: str,
    pool: str,
    axes: int,
) -> nn.Sequential:
    """Return conv, norm, activation, pool ("max", "average" or ""), dropout; `axes` is 1 for time, 2 for images.

    `place` after puts the norm behind the activation; `kind` is that of the dropout.
    """
    block = nn.Sequential()
    bias = place == "after" or not takes_bias_away(norm)
    wide = channels * activation_pieces(activation)
    convolution = make_convolution(incoming, wide, kernel, axes, bias, kind, dropout)
    block.add_module("conv", normalise_weight(convolution, norm))
    if place == "before":
        add_norm(block, norm, wide, axes)
    block.add_module("activation", make_activation(activation))
    if place == "after":
        add_norm(block, norm, channels, axes)
    if pool == "max":
        block.add_module("pool", nn.MaxPool2d(2) if axes == 2 else nn.MaxPool1d(2))
    elif pool == "average":
        block.add_module("pool", nn.AvgPool2d(2) if axes == 2 else nn.AvgPool1d(2))
    add_dropout(block, kind, dropout, axes)
    return block
