"""The activations as curves: value and slope at given points, and what they do to a normal signal. NumPy, no torch."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from core.models.parts.activation_table import ACTIVATION_GAINS

Array = np.ndarray
Curve = Callable[[Array], tuple[Array, Array]]
SELU_SCALE, SELU_ALPHA = 1.0507009873554805, 1.6732632423543772
_ERF = np.vectorize(math.erf, otypes=[float])


def _sigmoid(z: Array) -> Array:
    return 0.5 * (1 + np.tanh(z / 2))


def _softplus(z: Array) -> Array:
    return np.logaddexp(0.0, z)


def _clipped(z: Array, low: float, high: float) -> tuple[Array, Array]:
    return np.clip(z, low, high), ((z > low) & (z < high)).astype(float)


def _leaky(slope: float) -> Curve:
    return lambda z: (np.where(z > 0, z, slope * z), np.where(z > 0, 1.0, slope))


def _exponential(alpha: float, scale: float = 1.0, width: float = 1.0) -> Curve:
    """scale z above zero, scale alpha (e^(z / width) - 1) below."""

    def curve(z: Array) -> tuple[Array, Array]:
        below = np.exp(np.minimum(z, 0) / width)
        value = np.where(z > 0, z, alpha * (below - 1))
        return scale * value, scale * np.where(z > 0, 1.0, alpha / width * below)

    return curve


def _tanh(z: Array) -> tuple[Array, Array]:
    return np.tanh(z), 1 - np.tanh(z) ** 2


def _logistic(z: Array) -> tuple[Array, Array]:
    return _sigmoid(z), _sigmoid(z) * _sigmoid(-z)


def _gelu(z: Array) -> tuple[Array, Array]:
    below = 0.5 * (1 + _ERF(z / math.sqrt(2)))
    return z * below, below + z * np.exp(-z * z / 2) / math.sqrt(2 * math.pi)


def _silu(z: Array) -> tuple[Array, Array]:
    gate = _sigmoid(z)
    return z * gate, gate * (1 + z * _sigmoid(-z))


def _mish(z: Array) -> tuple[Array, Array]:
    gate = np.tanh(_softplus(z))
    return z * gate, gate + z * (1 - gate**2) * _sigmoid(z)


def _hard_sigmoid(z: Array) -> tuple[Array, Array]:
    return np.clip(z / 6 + 0.5, 0, 1), np.where(np.abs(z) < 3, 1 / 6, 0.0)


def _hard_swish(z: Array) -> tuple[Array, Array]:
    slope = np.where(z <= -3, 0.0, np.where(z < 3, z / 3 + 0.5, 1.0))
    return z * np.clip(z / 6 + 0.5, 0, 1), slope


def _maxout(z: Array) -> tuple[Array, Array]:
    """One of the shapes that two pieces can take: z and -z / 2."""
    return np.maximum(z, -z / 2), np.where(z > 0, 1.0, -0.5)


ACTIVATION_CURVES: dict[str, Curve] = {
    "relu": lambda z: (np.maximum(z, 0), (z > 0).astype(float)),
    "leaky_relu": _leaky(0.01),
    "tanh": _tanh,
    "sigmoid": _logistic,
    "gelu": _gelu,
    "silu": _silu,
    "elu": _exponential(1.0),
    "selu": _exponential(SELU_ALPHA, SELU_SCALE),
    "softplus": lambda z: (_softplus(z), _sigmoid(z)),
    "identity": lambda z: (z, np.ones_like(z)),
    "prelu": _leaky(0.25),
    "celu": _exponential(0.5, width=0.5),
    "mish": _mish,
    "relu6": lambda z: _clipped(z, 0, 6),
    "hard_tanh": lambda z: _clipped(z, -1, 1),
    "hard_sigmoid": _hard_sigmoid,
    "hard_swish": _hard_swish,
    "softsign": lambda z: (z / (1 + np.abs(z)), 1 / (1 + np.abs(z)) ** 2),
    "maxout": _maxout,
}


@dataclass(frozen=True)
class NormalSignal:
    """What an activation f makes of z ~ N(0, 1).

    mean, variance   of f(z)
    gain             1 / sqrt(E[f(z)^2]): weights of variance gain^2 / fan_in keep the signal's mean square
    gradient_factor  gain sqrt(E[f'(z)^2]): what such weights make of the gradient's rms from layer to layer
    """

    mean: float
    variance: float
    gain: float
    gradient_factor: float


def normal_signal(key: str) -> NormalSignal:
    """Integrate over the normal density; of maxout, over two independent pieces, of which one passes the gradient."""
    gain = ACTIVATION_GAINS[key]
    if key == "maxout":  # E[max] = 1 / sqrt(pi), E[max^2] = 1; each of twice as many rows passes half of the time
        return NormalSignal(1 / math.sqrt(math.pi), 1 - 1 / math.pi, gain, gain)
    z = np.linspace(-12, 12, 48_001)
    density = np.exp(-z * z / 2) / math.sqrt(2 * math.pi)
    value, slope = ACTIVATION_CURVES[key](z)
    mean, square, steep = (float(np.trapezoid(found * density, z)) for found in (value, value**2, slope**2))
    return NormalSignal(mean, square - mean**2, gain, gain * math.sqrt(steep))
