"""Numbers of the activations that formulas need, and the choice of one per layer. No torch; scripts carry it."""

from __future__ import annotations

# 1 / sqrt(E[f(z)^2]) for z ~ N(0, 1): weights of variance gain^2 / fan_in keep the mean square of the
# pre-activations from layer to layer (He et al. 2015 for ReLU; the same argument for the others).
# Of maxout z is two independent pieces, so that E[max^2] = 1; of PReLU the slope is the 0.25 it begins with.
ACTIVATION_GAINS: dict[str, float] = {
    "relu": 1.414214,
    "leaky_relu": 1.414143,
    "tanh": 1.592537,
    "sigmoid": 1.846229,
    "gelu": 1.533530,
    "silu": 1.676532,
    "elu": 1.245198,
    "selu": 1.000000,
    "softplus": 1.041867,
    "identity": 1.000000,
    "prelu": 1.371989,
    "celu": 1.330908,
    "mish": 1.486848,
    "relu6": 1.414214,
    "hard_tanh": 1.392036,
    "hard_sigmoid": 1.897840,
    "hard_swish": 1.736657,
    "softsign": 2.337533,
    "maxout": 1.000000,
}

# Pre-activations that one unit reads; whoever builds a layer makes it that many times wider.
ACTIVATION_PIECES: dict[str, int] = {"maxout": 2}

# Numbers that one activation module learns.
ACTIVATION_PARAMETERS: dict[str, int] = {"prelu": 1}


def layer_activations(activation: str, activations: str | None, layers: int) -> list[str]:
    """The activation of each of `layers` layers: the keys in `activations`, separated by commas, or `activation` for all."""
    if not activations:
        return [activation] * layers
    return [key.strip() for key in activations.split(",")]


def activation_pieces(activation: str) -> int:
    """How many pre-activations one unit reads: 1 for all but maxout."""
    return ACTIVATION_PIECES.get(activation, 1)
