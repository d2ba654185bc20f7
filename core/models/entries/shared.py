"""Settings that several architectures have. No torch."""

from __future__ import annotations

from core.models.parts.catalogue import ACTIVATIONS
from core.registry import Param

ACTIVATION = Param(
    "activation",
    "relu",
    "Activation",
    "The non-linear function after each layer.",
    choices=tuple(ACTIVATIONS),
)
DROPOUT = Param(
    "dropout",
    0.0,
    "Dropout",
    "Share of the values set to zero in each training step (Srivastava et al. 2014).",
    minimum=0,
    below=1,
)
EMBEDDING = Param(
    "embedding",
    32,
    "Embedding size",
    "How many numbers stand for one word; used for text only.",
    minimum=1,
    maximum=1024,
    unit="numbers",
    advanced=True,
)
CONVOLUTION_NORMS = ("none", "batch", "group", "layer")
