"""Gradient norms: global and per layer, after the last backward (and unscale), before clipping."""

from __future__ import annotations

import math

import numpy as np
import torch
from torch import nn

from core.probes.layers import Layer


class GradientProbe:
    """Measures ||g|| of the whole model and, for each layer, ||g|| and rms(g) = ||g|| / sqrt(number of parameters).

    `measure` makes one foreach call and returns one vector on the device, without a synchronisation; `finish` turns
    its host copy into the stream's columns.
    """

    stream = "gradients"

    def __init__(self, model: nn.Module, layers: list[Layer]) -> None:
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

    @torch.no_grad()
    def measure(self) -> torch.Tensor:
        """Norm of every parameter's gradient, float32 (parameters,), on the device; 0 where there is no gradient."""
        gradients = [p.grad for p in self._parameters]
        present = [g for g in gradients if g is not None]
        if not present:
            return torch.zeros(len(gradients), device=self._parameters[0].device)
        norms = torch.stack(torch._foreach_norm(present))
        if norms.device.type == "cpu" and not math.isfinite(norms.sum().item()):
            norms = torch.stack([_norm_without_overflow(g, n) for g, n in zip(present, norms, strict=True)])
        if len(present) < len(gradients):
            full = torch.zeros(len(gradients), device=norms.device)
            full[[i for i, g in enumerate(gradients) if g is not None]] = norms.float()
            return full
        return norms

    def finish(self, norms: np.ndarray) -> np.ndarray:
        """Columns of the stream from the host copy of `measure()`."""
        squares = norms.astype(np.float64)
        squares *= squares
        if math.isfinite(squares.sum()):
            return np.sqrt(self._sums @ squares).astype("<f4")
        # 0 * inf inside the product would spread a NaN over every layer
        columns = [squares.sum(), *(squares[group].sum() for group in self._groups)]
        columns += [squares[group].sum() * self._sums[row, group[0]] for row, group in self._rms_rows()]
        with np.errstate(over="ignore"):
            return np.sqrt(np.array(columns)).astype("<f4")

    def _rms_rows(self) -> list[tuple[int, list[int]]]:
        return list(enumerate(self._groups, start=1 + len(self._groups)))


def _norm_without_overflow(gradient: torch.Tensor, norm: torch.Tensor) -> torch.Tensor:
    """The norm in float64 where float32 squares overflow (from 1.8e19 on) although every element is finite."""
    if math.isfinite(norm.item()) or not torch.isfinite(gradient).all():
        return norm
    return gradient.double().norm().float()
