"""VGG-like network over images: stages of small convolutions with pooling, then a dense head."""

from __future__ import annotations

import math

from torch import nn

from core.models.base import ModelInput
from core.models.cnn import CHANNEL_CAP, make_convolution_block
from core.models.mlp import DenseBlock


def make_vgg(
    model_input: ModelInput,
    outputs: int,
    *,
    stages: int = 2,
    convolutions: int = 2,
    channels: int = 16,
    dense: int = 64,
    activation: str = "relu",
    norm: str = "batch",
    dropout: float = 0.0,
) -> nn.Sequential:
    """Build a VGG-like network (Simonyan and Zisserman 2015): stage1_block1, stage1_block2, ..., dense1, `output`.

    Every block is a 3x3 convolution; the last of each stage ends by halving the image, after which the channels
    double, up to 512. Two 3x3 convolutions see as much as one of 5x5, with fewer weights and one more activation.
    The dense layer reads every position; `dropout` stands after it, as in the paper.
    Returns a module from (batch, channels, height, width) to (batch, outputs).
    """
    model = nn.Sequential()
    incoming, *sizes = model_input.shape
    for stage in range(1, stages + 1):
        for index in range(1, convolutions + 1):
            pool = "max" if index == convolutions else ""
            block = make_convolution_block(incoming, channels, 3, activation, norm, "before", 0.0, "unit", pool, 2)
            model.add_module(f"stage{stage}_block{index}", block)
            incoming = channels
        sizes = [size // 2 for size in sizes]
        channels = min(2 * channels, CHANNEL_CAP)
    model.add_module("flatten", nn.Flatten())
    model.add_module(
        "dense1",
        DenseBlock(incoming * math.prod(sizes), dense, activation, "none", "before", dropout, "unit", False, None),
    )
    model.add_module("output", nn.Linear(dense, outputs))
    return model
