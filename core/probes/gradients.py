"""Gradient norms: global and per layer, after the last backward (and unscale), before clipping."""

from __future__ import annotations

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
        self._membership = np.zeros((len(layers) + 1, len(self._parameters)))
        self._membership[0] = 1.0
        for row, group in enumerate(self._groups, start=1):
            self._membership[row, group] = 1.0
        self._inverse_root = np.array([1.0 / np.sqrt(max(la.parameters, 1)) for la in layers])
        names = [la.name for la in layers]
        self.columns = [
            "gradient_norm",
            *(f"gradient_norm/{name}" for name in names),
            *(f"gradient_rms/{name}" for name in names),
        ]

    @torch.no_grad()
    def measure(self) -> torch.Tensor:
        """Norm of every parameter's gradient, float32 (parameters,), on the device; 0 where there is no gradient."""
        present = [(i, p.grad) for i, p in enumerate(self._parameters) if p.grad is not None]
        norms = torch._foreach_norm([g for _, g in present])
        if (
            norms and norms[0].device.type == "cpu"
        ):  # a float32 sum of squares overflows at 1.8e19 with finite gradients
            for i, norm in enumerate(norms):
                if not torch.isfinite(norm) and torch.isfinite(present[i][1]).all():
                    norms[i] = present[i][1].double().norm()
        if len(present) == len(self._parameters):
            return torch.stack([n.float() for n in norms])
        full = torch.zeros(len(self._parameters), device=self._parameters[0].device)
        if norms:
            full[[i for i, _ in present]] = torch.stack(norms).float()
        return full

    def finish(self, norms: np.ndarray) -> np.ndarray:
        """Columns of the stream from the host copy of `measure()`."""
        squares = norms.astype(np.float64) ** 2
        with np.errstate(invalid="ignore", over="ignore"):
            if np.isfinite(squares).all():
                grouped = np.sqrt(self._membership @ squares)
            else:  # 0 * inf in the product would spread a NaN over every layer
                sums = [squares.sum(), *(squares[group].sum() for group in self._groups)]
                grouped = np.sqrt(np.array(sums))
            return np.concatenate([grouped, grouped[1:] * self._inverse_root]).astype("<f4")
