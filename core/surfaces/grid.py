"""Heights of a surface on a grid, to draw it; NumPy only."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.recipe.base import Params
from core.surfaces.catalogue import SurfaceSpec

POINTS = 101


@dataclass(frozen=True)
class Grid:
    """Heights z (len(y), len(x)) at the places x and y; NaN where there is none.

    `lowest` is the value that logarithmic contour lines are measured from, None for plain ones.
    """

    x: np.ndarray
    y: np.ndarray
    z: np.ndarray
    lowest: float | None


def surface_grid(spec: SurfaceSpec, params: Params, points: int = POINTS) -> Grid:
    """The heights of a surface over its domain."""
    left, right, bottom, top = spec.domain
    x, y = np.linspace(left, right, points), np.linspace(bottom, top, points)
    z = spec.load()(*np.meshgrid(x, y), **spec.shape(params))
    return Grid(x, y, z, spec.lowest if spec.logarithmic else None)
