"""Network of depthwise-separable convolutions over images, after MobileNet and MobileNetV2."""

from __future__ import annotations

import torch
from torch import nn

from core.models.base import ModelInput
from core.models.parts.activations import make_activation
from core.models.parts.norms import make_norm


class NormedConvolution(nn.Sequential):
    """Convolution that keeps the size at stride 1, then norm and, unless "", an activation."""

    def __init__(
        self, incoming: int, channels: int, kernel: int, stride: int, groups: int, norm: str, activation: str
    ) -> None:
        super().__init__()
        self.conv = nn.Conv2d(incoming, channels, kernel, stride, kernel // 2, groups=groups, bias=norm != "batch")
        if norm != "none":
            self.norm = make_norm(norm, channels, 2)
        if activation:
            self.activation = make_activation(activation)


class SeparableBlock(nn.Sequential):
    """One 3x3 filter per channel, then a 1x1 convolution that mixes the channels (Howard et al. 2017)."""

    def __init__(self, incoming: int, channels: int, stride: int, norm: str, activation: str) -> None:
        super().__init__()
        self.depthwise = NormedConvolution(incoming, incoming, 3, stride, incoming, norm, activation)
        self.pointwise = NormedConvolution(incoming, channels, 1, 1, 1, norm, activation)


class InvertedResidual(nn.Module):
    """Widen by a 1x1 convolution, filter each channel, narrow without activation (Sandler et al. 2018).

    The input is added where the shape stays: a shortcut between the narrow ends, hence "inverted".
    """

    def __init__(self, incoming: int, channels: int, stride: int, expansion: int, norm: str, activation: str) -> None:
        super().__init__()
        wide = expansion * incoming
        self.skip = stride == 1 and incoming == channels
        self.expand = NormedConvolution(incoming, wide, 1, 1, 1, norm, activation)
        self.depthwise = NormedConvolution(wide, wide, 3, stride, wide, norm, activation)
        self.project = NormedConvolution(wide, channels, 1, 1, 1, norm, "")

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        """Map (batch, incoming, height, width) to (batch, channels, height / stride, width / stride)."""
        narrow = self.project(self.depthwise(self.expand(image)))
        return image + narrow if self.skip else narrow


def make_mobile(
    model_input: ModelInput,
    outputs: int,
    *,
    design: str = "separable",
    stages: int = 3,
    blocks: int = 1,
    width: int = 16,
    expansion: int = 4,
    activation: str = "relu",
    norm: str = "batch",
) -> nn.Sequential:
    """Build a mobile network: `stem`, stage1_block1, stage1_block2, ..., `average`, `flatten`, `output`.

    `design` is "separable" (MobileNet) or "inverted" (MobileNetV2, whose blocks are `expansion` times as wide
    inside and which ends in a 1x1 convolution `head`, since its last block has no activation). Each stage after the
    first starts by halving the image (a 1-pixel side stays 1) and doubling the channels; the first has `width`.
    Returns a module from (batch, channels, height, width) to (batch, outputs).
    """
    model = nn.Sequential()
    model.add_module("stem", NormedConvolution(model_input.shape[0], width, 3, 1, 1, norm, activation))
    incoming = width
    for stage in range(1, stages + 1):
        channels = width * 2 ** (stage - 1)
        for index in range(1, blocks + 1):
            stride = 2 if stage > 1 and index == 1 else 1
            block = (
                InvertedResidual(incoming, channels, stride, expansion, norm, activation)
                if design == "inverted"
                else SeparableBlock(incoming, channels, stride, norm, activation)
            )
            model.add_module(f"stage{stage}_block{index}", block)
            incoming = channels
    if design == "inverted":
        model.add_module("head", NormedConvolution(incoming, expansion * incoming, 1, 1, 1, norm, activation))
        incoming *= expansion
    model.add_module("average", nn.AdaptiveAvgPool2d(1))
    model.add_module("flatten", nn.Flatten())
    model.add_module("output", nn.Linear(incoming, outputs))
    return model
