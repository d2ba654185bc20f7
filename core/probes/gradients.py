"""Gradient norms: global and per layer, after the last backward (and unscale), before clipping."""

from __future__ import annotations

import math

import numpy as np
import torch
from torch import nn

from core.probes.layers import Layer
from core.probes.norms import GradientSource, Measured, norms, own_gradient, squares


class GradientProbe:
    """Measures ||g|| of the whole model and, for each layer, ||g|| and rms(g) = ||g|| / sqrt(number of parameters).

    `measure` looks at the gradients where they are, without a synchronisation; `finish` turns a host copy of what it
    returned into the stream's columns. `source` gives the gradient of a parameter, if it is not the one it holds.
    """

    stream = "gradients"

    def __init__(self, model: nn.Module, layers: list[Layer], source: GradientSource = own_gradient) -> None:
        self._source = source
        self._parameters = [p for p in model.parameters() if p.requires_grad]
        position = {id(p): i for i, p in enumerate(self._parameters)}
        self._groups = [[position[id(p)] for p in [*la.weights, *la.biases]] for la in layers]
        names = [la.name for la in layers]
        self.columns = [
            "gradient_norm",
            *(f"gradient_norm/{name}" for name in names),
            *(f"gradient_rms/{name}" for name in names),
        ]
        # One row per column: which squares to add, and what to divide by.
        self._sums = np.zeros((len(self.columns), len(self._parameters)))
        self._sums[0] = 1.0
        for row, (group, layer) in enumerate(zip(self._groups, layers, strict=True), start=1):
            self._sums[row, group] = 1.0
            self._sums[row + len(layers), group] = 1.0 / max(layer.parameters, 1)

    def squares(self) -> list[float] | None:
        """Squared norm of every parameter's gradient, on the CPU and where none is missing; else None: `measure` then."""
        return squares(list(map(self._source, self._parameters)))

    def measure(self) -> Measured:
        """Norm of every parameter's gradient, (parameters,), on the device; 0 where there is no gradient."""
        gradients = list(map(self._source, self._parameters))
        present = [g for g in gradients if g is not None]
        if len(present) == len(gradients):
            return norms(present)
        full = torch.zeros(len(gradients), device=self._parameters[0].device)
        if present:
            full[[i for i, g in enumerate(gradients) if g is not None]] = torch.as_tensor(norms(present)).float()
        return full

    def finish(self, measured: np.ndarray) -> np.ndarray:
        """Columns of the stream, float32, from host copies of `measure()`: (..., parameters) to (..., columns)."""
        squares = np.square(measured, dtype=np.float64)
        if math.isfinite(squares.sum()):
            return np.sqrt(np.matmul(self._sums, squares[..., None])[..., 0]).astype("<f4")
        rows = squares.reshape(-1, squares.shape[-1])
        with np.errstate(over="ignore"):
            columns = np.sqrt([self._separate_sums(row) for row in rows]).astype("<f4")
        return columns.reshape(*measured.shape[:-1], -1)

    def finish_squares(self, measured: np.ndarray) -> np.ndarray:
        """The same from rows of `squares()`."""
        return self.finish(np.sqrt(measured))

    def _separate_sums(self, squares: np.ndarray) -> np.ndarray:
        """What the square roots are taken of, layer by layer: 0 * inf in a product would spread a NaN over all of them."""
        if math.isfinite(squares.sum()):
            return np.matmul(self._sums, squares)
        sums = [squares.sum(), *(squares[group].sum() for group in self._groups)]
        first_rms = 1 + len(self._groups)
        sums += [squares[group].sum() * self._sums[first_rms + i, group[0]] for i, group in enumerate(self._groups)]
        return np.array(sums)
