"""How far one optimizer step moves each layer's weights, against how large they are."""

from __future__ import annotations

import numpy as np
import torch

from core.probes.layers import Layer

RMS_FLOOR = 1e-3


class UpdateProbe:
    """Per layer: ||W|| before the step, ||delta W|| of the step, and their ratio.

    The ratio is ||delta W|| / max(||W||, 1e-3 sqrt(n)): a weight matrix that starts at zero does not divide by zero.
    Biases are left out. About 1e-3 is the usual guide (Karpathy, "A recipe for training neural networks", 2019).
    `before` copies the weights (that copy is the price), `after` subtracts; both stay on the device.
    """

    stream = "updates"

    def __init__(self, layers: list[Layer]) -> None:
        self._weights = [p for layer in layers for p in layer.weights]
        self._owner = np.array([i for i, layer in enumerate(layers) for _ in layer.weights])
        self._floor = np.array([RMS_FLOOR * np.sqrt(sum(p.numel() for p in layer.weights)) for layer in layers])
        self._copies: list[torch.Tensor] = []
        names = [layer.name for layer in layers]
        self.columns = [
            f"{kind}/{name}" for kind in ("weight_norm", "update_norm", "update_ratio") for name in names
        ]  # fmt: skip

    @torch.no_grad()
    def before(self) -> None:
        """Remember the weights as they are before the optimizer step."""
        if not self._copies:
            self._copies = [torch.empty_like(p) for p in self._weights]
        torch._foreach_copy_(self._copies, self._weights)

    @torch.no_grad()
    def after(self) -> torch.Tensor:
        """Norms before and of the update, float32 (2 * weights,), on the device."""
        before = torch._foreach_norm(self._copies)
        torch._foreach_sub_(self._copies, self._weights)
        return torch.stack([*before, *torch._foreach_norm(self._copies)])

    def finish(self, norms: np.ndarray) -> np.ndarray:
        """Columns of the stream from the host copy of `after()`."""
        squares = norms.astype(np.float64) ** 2
        half, layers = len(self._owner), len(self._floor)
        with np.errstate(invalid="ignore", over="ignore"):
            weight = np.sqrt(np.bincount(self._owner, squares[:half], layers))
            update = np.sqrt(np.bincount(self._owner, squares[half:], layers))
            return np.concatenate([weight, update, update / np.fmax(weight, self._floor)]).astype("<f4")
