"""Dense networks. No torch."""

from __future__ import annotations

from dataclasses import replace

from core.models.base import ArchitectureSpec
from core.models.entries.shared import (
    ACTIVATION,
    ACTIVATIONS_BY_LAYER,
    DROPOUT,
    DROPOUT_KIND,
    EMBEDDING,
    NORM_PLACE,
    RESIDUAL,
)
from core.registry import Param

ENTRIES: tuple[ArchitectureSpec, ...] = (
    ArchitectureSpec(
        key="mlp",
        label="MLP",
        summary="Dense layers, one after the other: the place to start, and to see gradients vanish with depth.",
        article="Each hidden layer computes f(norm(W x + b)), then dropout; a last linear layer without activation gives the outputs. "
        "Images and series are flattened, texts enter as the mean of their word embeddings, nodes "
        "of a graph with their own features and no edges. Skip connections "
        "add each hidden layer's input to its output, from the second on (He et al. 2016), which carries "
        "gradients through great depth. Rumelhart, Hinton and Williams 1986.",
        build="core.models.mlp:make_mlp",
        check="core.models.checks:check_mlp",
        size="core.models.sizes:size_mlp",
        shortcuts="skip",
        kinds=("tabular", "image", "sequence", "text", "graph"),
        params=(
            Param(
                "depth",
                3,
                "Hidden layers",
                "Layers before the last linear one.",
                minimum=1,
                maximum=64,
                unit="layers",
            ),
            Param(
                "width",
                64,
                "Width",
                "Units in each hidden layer.",
                minimum=1,
                maximum=4096,
                unit="units",
                log=True,
            ),
            ACTIVATION,
            Param(
                "norm",
                "none",
                "Norm",
                "Normalisation of each hidden layer.",
                choices=("none", "batch", "layer", "rms", "weight", "spectral"),
            ),
            NORM_PLACE,
            DROPOUT,
            replace(
                DROPOUT_KIND,
                help="What is dropped: single values, or weights of the layers (dropconnect, Wan et al. 2013).",
                choices=("unit", "dropconnect"),
            ),
            Param("skip", False, "Skip connections", "Add each hidden layer's input to its output."),
            *RESIDUAL,
            EMBEDDING,
            ACTIVATIONS_BY_LAYER,
        ),
    ),
)
