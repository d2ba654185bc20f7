"""Settings that several architectures have. No torch."""

from __future__ import annotations

from dataclasses import replace

from core.models.parts.activation_table import ACTIVATION_PIECES
from core.models.parts.catalogue import ACTIVATIONS
from core.registry import Param

ACTIVATION = Param(
    "activation",
    "relu",
    "Activation",
    "The non-linear function after each layer.",
    choices=tuple(ACTIVATIONS),
)
ELEMENTWISE_ACTIVATION = replace(ACTIVATION, choices=tuple(key for key in ACTIVATIONS if key not in ACTIVATION_PIECES))
ACTIVATIONS_BY_LAYER = Param(
    "activations",
    None,
    "Activation per layer",
    "One key for each hidden layer from the input on, separated by commas, such as relu, relu, tanh; "
    "empty takes the activation above for all.",
    optional=True,
    type="text",
    advanced=True,
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
