"""Networks for images after their papers: VGG-like, mobile, vision transformer, capsules. No torch."""

from __future__ import annotations

from dataclasses import replace

from core.models.base import ArchitectureSpec
from core.models.entries.shared import DROPOUT, UNLEARNED_ACTIVATION
from core.registry import Param

NORM = Param(
    "norm", "batch", "Norm", "Normalisation after each convolution.", choices=("none", "batch", "group", "layer")
)

ENTRIES: tuple[ArchitectureSpec, ...] = (
    ArchitectureSpec(
        key="vgg",
        label="VGG-like CNN",
        summary="Stages of small convolutions, pooling between them, and a dense layer that reads every position.",
        article="Two 3x3 convolutions in a row see 5 x 5 pixels as one large filter would, with 18 weights per pair of "
        "channels in place of 25 and one more activation: reach = 1 + 2 n pixels for n of them. Each stage ends by "
        "halving the image, after which the channels double. The dense head holds most of the weights, and is where "
        "dropout stands. Simonyan and Zisserman 2015.",
        build="core.models.images.vgg:make_vgg",
        check="core.models.images.formulas:check_vgg",
        size="core.models.images.formulas:size_vgg",
        kinds=("image",),
        params=(
            Param("stages", 2, "Stages", "Groups of convolutions of one image size.", minimum=1, maximum=5),
            Param("convolutions", 2, "Convolutions per stage", "3 x 3 filters in a row.", minimum=1, maximum=4),
            Param("channels", 16, "Channels", "Filters in the first stage.", minimum=1, maximum=512, log=True),
            Param("dense", 64, "Dense head", "Units of the dense layer.", minimum=1, maximum=4096, log=True),
            UNLEARNED_ACTIVATION,
            NORM,
            DROPOUT,
        ),
    ),
    ArchitectureSpec(
        key="mobile",
        label="Mobile CNN (depthwise-separable)",
        summary="A convolution split in two, one filter per channel and then a mix of channels: far fewer products.",
        article="A 3x3 convolution from M to N channels costs 9 M N products per pixel; one filter per channel and then a "
        "1x1 convolution cost 9 M + M N, eight to nine times fewer for large N (Howard et al. 2017). The inverted "
        "block widens first, filters, and narrows without activation, x + W2 f(D * f(W1 x)), with the shortcut between "
        "the narrow ends. Sandler et al. 2018.",
        build="core.models.images.mobile:make_mobile",
        check="core.models.checks:check_nothing",
        size="core.models.images.formulas:size_mobile",
        kinds=("image",),
        params=(
            Param(
                "design",
                "separable",
                "Block",
                "Depthwise-separable (MobileNet) or inverted residual (MobileNetV2).",
                choices=("separable", "inverted"),
            ),
            Param("stages", 3, "Stages", "Groups of blocks of one image size.", minimum=1, maximum=5),
            Param("blocks", 1, "Blocks per stage", "Blocks of one image size.", minimum=1, maximum=16),
            Param("width", 16, "Width", "Channels of the first stage.", minimum=1, maximum=256, log=True),
            Param(
                "expansion",
                4,
                "Expansion",
                "How much wider an inverted block is inside; used by the inverted design only.",
                minimum=1,
                maximum=8,
                advanced=True,
            ),
            UNLEARNED_ACTIVATION,
            NORM,
        ),
    ),
    ArchitectureSpec(
        key="vit",
        label="Vision transformer (ViT)",
        summary="An image cut into patches that attend to each other: nothing is built in about neighbours.",
        article="Each patch becomes a token by one linear map, a learned class token and learned positions join it, "
        "z0 = [class; E p1; ...; E pn] + positions, and transformer blocks follow; the class token gives the outputs. "
        "It knows neither that near pixels belong together nor that shapes may shift, and must learn both: on few images "
        "convolutions win. Dosovitskiy et al. 2021.",
        build="core.models.images.vit:make_vit",
        check="core.models.images.formulas:check_vit",
        size="core.models.images.formulas:size_vit",
        shortcuts="always",
        kinds=("image",),
        params=(
            Param(
                "patch",
                4,
                "Patch",
                "Side of a patch; it must divide the image's sides.",
                minimum=1,
                maximum=16,
                unit="pixels",
            ),
            Param("width", 32, "Width", "Numbers that stand for one patch.", minimum=2, maximum=1024, unit="numbers"),
            Param("heads", 4, "Heads", "Attentions side by side; they share the width.", minimum=1, maximum=64),
            Param("blocks", 2, "Blocks", "Blocks on top of each other.", minimum=1, maximum=24),
            Param(
                "expansion",
                2,
                "Expansion",
                "How much wider the feed-forward part is.",
                minimum=1,
                maximum=8,
                advanced=True,
            ),
            replace(UNLEARNED_ACTIVATION, default="gelu"),
            DROPOUT,
        ),
    ),
    ArchitectureSpec(
        key="capsule",
        label="Capsule network",
        summary="Vectors in place of units: their direction says how a part looks, their length whether it is there.",
        article="Each capsule votes for every class by a matrix of its own, and routing gives more weight to votes that "
        "agree: s_j = sum_i c_ij W_ij u_i with c_i = softmax(b_i), then b_ij grows by vote times squashed s_j, a few "
        "rounds long. A class is present with the length p = |s|^2 / (1 + |s|^2) of its capsule, so the output is the "
        "logit of that length, log(p / (1 - p)) = log |s|^2, which fits every loss of logits. "
        "Sabour, Frosst and Hinton 2017.",
        build="core.models.images.capsule:make_capsule",
        check="core.models.checks:check_nothing",
        size="core.models.images.formulas:size_capsule",
        kinds=("image",),
        params=(
            Param(
                "channels", 32, "Channels", "Filters of the first convolution, 5 x 5.", minimum=1, maximum=256, log=True
            ),
            Param("stride", 2, "Stride", "How far the first convolution steps.", minimum=1, maximum=4, unit="pixels"),
            Param("types", 8, "Capsule types", "Kinds of part; each stands at every position.", minimum=1, maximum=64),
            Param("dimension", 8, "Capsule size", "Numbers in a lower capsule.", minimum=2, maximum=32, unit="numbers"),
            Param(
                "class_dimension",
                16,
                "Class capsule size",
                "Numbers in a class's capsule.",
                minimum=2,
                maximum=64,
                unit="numbers",
            ),
            Param("rounds", 3, "Routing rounds", "1 weighs all votes alike: no routing.", minimum=1, maximum=6),
            replace(UNLEARNED_ACTIVATION, help="The non-linear function after the first convolution."),
        ),
    ),
)
