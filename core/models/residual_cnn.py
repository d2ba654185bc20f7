"""Residual network of basic blocks over images (He et al. 2016)."""

from __future__ import annotations

import torch
from torch import nn

from core.models.base import ModelInput
from core.models.parts.activations import make_activation
from core.models.parts.norms import make_norm


class BasicBlock(nn.Module):
    """Two 3x3 convolutions and a shortcut: activation(shortcut(x) + norm(conv(activation(norm(conv(x))))))."""

    def __init__(self, incoming: int, channels: int, stride: int, activation: str, norm: str) -> None:
        super().__init__()
        bias = norm != "batch"
        self.conv1 = nn.Conv2d(incoming, channels, 3, stride, padding=1, bias=bias)
        self.norm1 = make_norm(norm, channels, 2)
        self.activation1 = make_activation(activation)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1, bias=bias)
        self.norm2 = make_norm(norm, channels, 2)
        self.shortcut = nn.Sequential()
        if stride != 1 or incoming != channels:
            self.shortcut.add_module("conv", nn.Conv2d(incoming, channels, 1, stride, bias=bias))
            self.shortcut.add_module("norm", make_norm(norm, channels, 2))
        self.activation2 = make_activation(activation)

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        """Map (batch, incoming, height, width) to (batch, channels, height / stride, width / stride)."""
        residual = self.activation1(self.norm1(self.conv1(image)))
        residual = self.norm2(self.conv2(residual))
        return self.activation2(self.shortcut(image) + residual)

    def branches(self) -> tuple[tuple[nn.Module, ...], ...]:
        """The layers of the branch beside the shortcut that scale it, from first to last."""
        scaling = (self.conv1, self.norm1, self.conv2, self.norm2)
        return (tuple(layer for layer in scaling if not isinstance(layer, nn.Identity)),)


def make_residual_cnn(
    model_input: ModelInput,
    outputs: int,
    *,
    stages: int = 3,
    blocks: int = 1,
    width: int = 16,
    activation: str = "relu",
    norm: str = "batch",
    zero_init_residual: bool = False,
) -> nn.Sequential:
    """Build a residual CNN: `stem`, then stage1_block1, stage1_block2, ..., `average`, `flatten`, `output`.

    Each stage after the first starts by halving the image (a 1-pixel side stays 1) and doubling the channels;
    the first has `width`. The shortcut is the identity, or a 1x1 convolution where the shape changes (option B
    of the paper). `zero_init_residual` starts the last norm of each block at scale 0, so that every block
    begins as the identity (Goyal et al. 2017).
    Returns a module from (batch, channels, height, width) to (batch, outputs).
    """
    model = nn.Sequential()
    stem = nn.Sequential()
    stem.add_module("conv", nn.Conv2d(model_input.shape[0], width, 3, padding=1, bias=norm != "batch"))
    if norm != "none":
        stem.add_module("norm", make_norm(norm, width, 2))
    stem.add_module("activation", make_activation(activation))
    model.add_module("stem", stem)
    incoming = width
    for stage in range(1, stages + 1):
        channels = width * 2 ** (stage - 1)
        for index in range(1, blocks + 1):
            stride = 2 if stage > 1 and index == 1 else 1
            block = BasicBlock(incoming, channels, stride, activation, norm)
            if zero_init_residual:
                nn.init.zeros_(block.norm2.weight)
            model.add_module(f"stage{stage}_block{index}", block)
            incoming = channels
    model.add_module("average", nn.AdaptiveAvgPool2d(1))
    model.add_module("flatten", nn.Flatten())
    model.add_module("output", nn.Linear(incoming, outputs))
    return model
