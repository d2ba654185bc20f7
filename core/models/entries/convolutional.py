"""Convolutional networks. No torch."""

from __future__ import annotations

from core.models.base import ArchitectureSpec
from core.models.entries.shared import (
    ACTIVATION,
    ACTIVATIONS_BY_LAYER,
    CONVOLUTION_NORMS,
    DROPOUT,
    DROPOUT_KIND,
    ELEMENTWISE_ACTIVATION,
    EMBEDDING,
    NORM_PLACE,
    RESIDUAL,
)
from core.registry import Param

ENTRIES: tuple[ArchitectureSpec, ...] = (
    ArchitectureSpec(
        key="cnn",
        label="CNN",
        summary="Convolutions with pooling: small filters that look for the same pattern everywhere.",
        article="Each block computes f(norm(conv(x))), then pooling halves the height and width and the channels "
        "double, up to 512. Series and texts are read along time in the same way (Kim 2014). The head averages "
        "each channel over all positions (Lin, Chen and Yan 2014) or flattens them. "
        "LeCun et al. 1998; Simonyan and Zisserman 2015.",
        build="core.models.cnn:make_cnn",
        check="core.models.checks:check_cnn",
        size="core.models.sizes:size_cnn",
        kinds=("image", "sequence", "text"),
        params=(
            Param(
                "channels",
                16,
                "Channels",
                "Filters in the first block.",
                minimum=1,
                maximum=512,
                log=True,
            ),
            Param("blocks", 2, "Blocks", "Convolutions in a row.", minimum=1, maximum=32),
            Param(
                "kernel",
                3,
                "Filter size",
                "Side of a filter; an odd number.",
                minimum=1,
                maximum=11,
                unit="pixels or steps",
            ),
            ACTIVATION,
            Param("norm", "batch", "Norm", "Normalisation of each hidden layer.", choices=CONVOLUTION_NORMS),
            NORM_PLACE,
            DROPOUT,
            DROPOUT_KIND,
            Param(
                "pooling",
                "max",
                "Pooling",
                "How a 2 x 2 square becomes one value.",
                choices=("max", "average", "none"),
            ),
            Param(
                "pool_every",
                1,
                "Pool after every",
                "So many blocks between two halvings; raise it for deep networks on small images.",
                minimum=1,
                maximum=32,
                unit="blocks",
                advanced=True,
            ),
            Param(
                "head",
                "average",
                "Head",
                "What the last layer reads: the mean of each channel, or every position.",
                choices=("average", "flatten"),
                advanced=True,
            ),
            EMBEDDING,
            ACTIVATIONS_BY_LAYER,
        ),
    ),
    ArchitectureSpec(
        key="residual_cnn",
        label="Residual CNN (ResNet)",
        summary="Convolutions with shortcuts, which let very deep networks train.",
        article="Each basic block computes f(x + norm(conv(f(norm(conv(x)))))); where the shape changes, a 1x1 "
        "convolution adapts x. Each stage after the first halves the image and doubles the channels. With the "
        "zero start the last norm of each block begins at 0, so the block begins as the identity "
        "(Goyal et al. 2017). In pre-activation order a block computes x + conv(f(norm(conv(f(norm(x)))))), so that "
        "the sum passes all blocks untouched (He et al. 2016, Identity mappings). He, Zhang, Ren and Sun 2016.",
        build="core.models.residual_cnn:make_residual_cnn",
        check="core.models.checks:check_residual_cnn",
        size="core.models.sizes:size_residual_cnn",
        shortcuts="always",
        kinds=("image",),
        params=(
            Param("stages", 3, "Stages", "Groups of blocks of one image size.", minimum=1, maximum=4),
            Param("blocks", 1, "Blocks per stage", "Two convolutions each.", minimum=1, maximum=16),
            Param("width", 16, "Width", "Channels of the first stage.", minimum=1, maximum=256, log=True),
            ELEMENTWISE_ACTIVATION,
            Param(
                "norm",
                "batch",
                "Norm",
                "Normalisation after each convolution.",
                choices=CONVOLUTION_NORMS,
            ),
            Param(
                "order",
                "post",
                "Activation order",
                "In a block: norm and activation after each convolution (post), or before it, with nothing on the way of "
                "the sum (pre).",
                choices=("post", "pre"),
                advanced=True,
            ),
            Param(
                "zero_init_residual",
                False,
                "Blocks start as identity",
                "Start the last norm of each block at scale 0.",
                advanced=True,
            ),
            *RESIDUAL,
        ),
    ),
)
