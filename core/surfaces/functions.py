"""Functions of two coordinates with a known shape: the same code takes NumPy arrays and torch tensors."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

Values = Any  # a NumPy array or a torch tensor; x and y of one shape, which the result has too


def _cos(value: Values) -> Values:
    return value.cos() if hasattr(value, "cos") else np.cos(value)


def quadratic(x: Values, y: Values, *, condition: float = 20.0, angle: float = 0.0) -> Values:
    """A valley with curvature 1 along its floor and `condition` across, turned by `angle` degrees."""
    turn = math.radians(angle)
    along = math.cos(turn) * x + math.sin(turn) * y
    across = math.cos(turn) * y - math.sin(turn) * x
    return 0.5 * (along**2 + condition * across**2)


def rosenbrock(x: Values, y: Values, *, steepness: float = 100.0) -> Values:
    """A bent, narrow valley (Rosenbrock 1960)."""
    return (1 - x) ** 2 + steepness * (y - x**2) ** 2


def beale(x: Values, y: Values) -> Values:
    """Flat plains between sharp peaks at the corners (Beale 1958)."""
    return (1.5 - x + x * y) ** 2 + (2.25 - x + x * y**2) ** 2 + (2.625 - x + x * y**3) ** 2


def himmelblau(x: Values, y: Values) -> Values:
    """Four equal minima (Himmelblau 1972)."""
    return (x**2 + y - 11) ** 2 + (x + y**2 - 7) ** 2


def saddle(x: Values, y: Values, *, shape: str = "two ways down") -> Values:
    """x^2 - y^2, or the monkey saddle x^3 - 3 x y^2; both fall without end."""
    return x**3 - 3 * x * y**2 if shape == "three ways down" else x**2 - y**2


def bowl(x: Values, y: Values, *, condition: float = 1.0) -> Values:
    """A bowl with curvature 1 along x and `condition` along y."""
    return 0.5 * (x**2 + condition * y**2)


def rastrigin(x: Values, y: Values, *, amplitude: float = 10.0) -> Values:
    """A bowl full of dents, about one at each pair of whole numbers (Rastrigin 1974)."""
    dents = 2 - _cos(2 * math.pi * x) - _cos(2 * math.pi * y)
    return x**2 + y**2 + amplitude * dents
