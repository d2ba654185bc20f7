"""How far one optimizer step moves each layer's weights, against how large they are."""

from __future__ import annotations

import numpy as np
import torch

from core.probes.layers import Layer
from core.probes.norms import Measured, array_norm, flat, on_cpu

RMS_FLOOR = 1e-3


class UpdateProbe:
    """Per layer: ||W|| before the step, ||delta W|| of the step, and their ratio.

    The ratio is ||delta W|| / max(||W||, 1e-3 sqrt(n)): a weight matrix that starts at zero does not divide by zero.
    Biases are left out. About 1e-3 is the usual guide (Karpathy, "A recipe for training neural networks", 2019).
    `before` copies the weights (that copy is the price), `after` subtracts; both work where the weights are.
    """

    stream = "updates"

    def __init__(self, layers: list[Layer]) -> None:
        self._weights = [p for layer in layers for p in layer.weights]
        self._owner = np.array([i for i, layer in enumerate(layers) for _ in layer.weights])
        self._floor = np.array([RMS_FLOOR * np.sqrt(sum(p.numel() for p in layer.weights)) for layer in layers])
        self._copies: list[torch.Tensor] = []
        self._arrays: list[tuple[np.ndarray, np.ndarray]] = []
        names = [layer.name for layer in layers]
        self.columns = [f"{kind}/{name}" for kind in ("weight_norm", "update_norm", "update_ratio") for name in names]

    @torch.no_grad()
    def before(self) -> None:
        """Remember the weights as they are before the optimizer step."""
        if not self._copies:
            self._copies = [torch.empty_like(p, memory_format=torch.contiguous_format) for p in self._weights]
        if on_cpu(self._weights):
            self._arrays = [(flat(w), flat(c)) for w, c in zip(self._weights, self._copies, strict=True)]
            for weights, copy in self._arrays:
                np.copyto(copy, weights)
        else:
            torch._foreach_copy_(self._copies, self._weights)

    @torch.no_grad()
    def after(self) -> Measured:
        """Norms of the weights before, then of the update, (2 * weights,), on the device."""
        if self._arrays:
            found = [array_norm(copy) for _, copy in self._arrays]
            for weights, copy in self._arrays:
                np.subtract(weights, copy, out=copy)
            return np.array([*found, *(array_norm(copy) for _, copy in self._arrays)])
        before = torch._foreach_norm(self._copies)
        torch._foreach_sub_(self._copies, self._weights)
        return torch.stack([*before, *torch._foreach_norm(self._copies)]).float()

    def finish(self, measured: np.ndarray) -> np.ndarray:
        """Columns of the stream, float32, from the host copy of `after()`."""
        squares = measured.astype(np.float64) ** 2
        half, layers = len(self._owner), len(self._floor)
        with np.errstate(invalid="ignore", over="ignore"):
            weight = np.sqrt(np.bincount(self._owner, squares[:half], layers))
            update = np.sqrt(np.bincount(self._owner, squares[half:], layers))
            return np.concatenate([weight, update, update / np.fmax(weight, self._floor)]).astype("<f4")
