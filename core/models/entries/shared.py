"""Settings that several architectures have. No torch."""

from __future__ import annotations

from dataclasses import replace

from core.models.parts.activation_table import ACTIVATION_PARAMETERS, ACTIVATION_PIECES
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
UNLEARNED_ACTIVATION = replace(
    ACTIVATION, choices=tuple(k for k in ELEMENTWISE_ACTIVATION.choices if k not in ACTIVATION_PARAMETERS)
)
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
CONVOLUTION_NORMS = ("none", "batch", "group", "layer", "instance", "rms", "weight", "spectral")
NORM_PLACE = Param(
    "norm_place",
    "before",
    "Norm placed",
    "Before each activation, as first published, or after it; norms of weights have no such place.",
    choices=("before", "after"),
    advanced=True,
)
DROPOUT_KIND = Param(
    "dropout_kind",
    "unit",
    "Kind of dropout",
    "What is dropped: single values; whole channels (spatial, Tompson et al. 2015); or weights of the layers "
    "(dropconnect, Wan et al. 2013).",
    choices=("unit", "spatial", "dropconnect"),
    advanced=True,
)
RESIDUAL = (
    Param(
        "residual_scale",
        1.0,
        "Residual scale",
        "What a block adds to its shortcut is multiplied by this (Szegedy et al. 2017).",
        minimum=0,
        maximum=10,
        advanced=True,
    ),
    Param(
        "learn_residual_scale",
        False,
        "Learn the residual scale",
        "Make it one more weight of each block, from that start on; with start 0 this is ReZero (Bachlechner et al. 2021).",
        advanced=True,
    ),
    Param(
        "stochastic_depth",
        0.0,
        "Stochastic depth",
        "How often the last block's branch is dropped for a sample in training; earlier ones less (Huang et al. 2016).",
        minimum=0,
        below=1,
        advanced=True,
    ),
)
