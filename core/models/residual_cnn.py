"""Residual network of basic blocks over images (He et al. 2016)."""

from __future__ import annotations

import torch
from torch import nn

from core.models.base import ModelInput
from core.models.parts.activations import make_activation
from core.models.parts.norms import add_norm, make_norm, takes_bias_away
from core.models.parts.residual import branch_end, drop_rate
from core.models.parts.weight_norms import normalise_weight


class BasicBlock(nn.Module):
    """Two 3x3 convolutions and a shortcut: activation(shortcut(x) + norm(conv(activation(norm(conv(x))))))."""

    def __init__(
        self, incoming: int, channels: int, stride: int, activation: str, norm: str, end: nn.Sequential | None
    ) -> None:
        super().__init__()
        self.conv1 = convolution_beside_norm(incoming, channels, 3, stride, norm)
        self.norm1 = make_norm(norm, channels, 2)
        self.activation1 = make_activation(activation)
        self.conv2 = convolution_beside_norm(channels, channels, 3, 1, norm)
        self.norm2 = make_norm(norm, channels, 2)
        self.end = end
        self.shortcut = nn.Sequential()
        if stride != 1 or incoming != channels:
            self.shortcut.add_module("conv", convolution_beside_norm(incoming, channels, 1, stride, norm))
            self.shortcut.add_module("norm", make_norm(norm, channels, 2))
        self.activation2 = make_activation(activation)

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        """Map (batch, incoming, height, width) to (batch, channels, height / stride, width / stride)."""
        residual = self.activation1(self.norm1(self.conv1(image)))
        residual = self.norm2(self.conv2(residual))
        if self.end is not None:
            residual = self.end(residual)
        return self.activation2(self.shortcut(image) + residual)

    def branches(self) -> tuple[tuple[nn.Module, ...], ...]:
        """The layers of the branch beside the shortcut that scale it, from first to last."""
        scaling = (self.conv1, self.norm1, self.conv2, self.norm2)
        return (tuple(layer for layer in scaling if not isinstance(layer, nn.Identity)),)


class PreActivationBlock(nn.Module):
    """The same convolutions, each behind its norm and activation: shortcut(x) + conv(activation(norm(conv(f(x))))).

    Nothing stands on the way of the sum from block to block (He et al. 2016, "Identity mappings"). f is activation(norm),
    which a shortcut that changes the shape reads as well.
    """

    def __init__(
        self, incoming: int, channels: int, stride: int, activation: str, norm: str, end: nn.Sequential | None
    ) -> None:
        super().__init__()
        self.norm1 = make_norm(norm, incoming, 2)
        self.activation1 = make_activation(activation)
        self.conv1 = convolution_beside_norm(incoming, channels, 3, stride, norm)
        self.norm2 = make_norm(norm, channels, 2)
        self.activation2 = make_activation(activation)
        self.conv2 = convolution_beside_norm(channels, channels, 3, 1, norm)
        self.end = end
        self.shortcut = (
            convolution_beside_norm(incoming, channels, 1, stride, norm)
            if stride != 1 or incoming != channels
            else None
        )

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        """Map (batch, incoming, height, width) to (batch, channels, height / stride, width / stride)."""
        ready = self.activation1(self.norm1(image))
        residual = self.conv2(self.activation2(self.norm2(self.conv1(ready))))
        if self.end is not None:
            residual = self.end(residual)
        return (image if self.shortcut is None else self.shortcut(ready)) + residual


def convolution_beside_norm(incoming: int, channels: int, kernel: int, stride: int, norm: str) -> nn.Module:
    """A convolution over an image, without bias where a norm of that name takes it away."""
    bias = not takes_bias_away(norm)
    return normalise_weight(nn.Conv2d(incoming, channels, kernel, stride, padding=kernel // 2, bias=bias), norm)


def make_residual_cnn(
    model_input: ModelInput,
    outputs: int,
    *,
    stages: int = 3,
    blocks: int = 1,
    width: int = 16,
    activation: str = "relu",
    norm: str = "batch",
    order: str = "post",
    zero_init_residual: bool = False,
    residual_scale: float = 1.0,
    learn_residual_scale: bool = False,
    stochastic_depth: float = 0.0,
) -> nn.Sequential:
    """Build a residual CNN: `stem`, then stage1_block1, stage1_block2, ..., `average`, `flatten`, `output`.

    Each stage after the first starts by halving the image (a 1-pixel side stays 1) and doubling the channels;
    the first has `width`. The shortcut is the identity, or a 1x1 convolution where the shape changes (option B
    of the paper). `zero_init_residual` starts the last norm of each block at scale 0, so that every block
    begins as the identity (Goyal et al. 2017). With `order` pre, norm and activation stand before each convolution
    of a block, and once more, as `last`, behind all blocks. `residual_scale` and `stochastic_depth` act on what a block
    adds to its shortcut, see core.models.parts.residual.
    Returns a module from (batch, channels, height, width) to (batch, outputs).
    """
    first = order == "pre"
    model = nn.Sequential()
    stem = nn.Sequential()
    stem.add_module("conv", convolution_beside_norm(model_input.shape[0], width, 3, 1, norm))
    if not first:
        add_norm(stem, norm, width, 2)
        stem.add_module("activation", make_activation(activation))
    model.add_module("stem", stem)
    incoming = width
    for number in range(1, stages * blocks + 1):
        stage, index = (number - 1) // blocks + 1, (number - 1) % blocks + 1
        channels = width * 2 ** (stage - 1)
        stride = 2 if stage > 1 and index == 1 else 1
        end = branch_end(residual_scale, learn_residual_scale, drop_rate(number, stages * blocks, stochastic_depth))
        kind = PreActivationBlock if first else BasicBlock
        block = kind(incoming, channels, stride, activation, norm, end)
        if zero_init_residual:
            nn.init.zeros_(block.norm2.weight)
        model.add_module(f"stage{stage}_block{index}", block)
        incoming = channels
    if first:
        last = nn.Sequential()
        add_norm(last, norm, incoming, 2)
        last.add_module("activation", make_activation(activation))
        model.add_module("last", last)
    model.add_module("average", nn.AdaptiveAvgPool2d(1))
    model.add_module("flatten", nn.Flatten())
    model.add_module("output", nn.Linear(incoming, outputs))
    return model
