"""How far one optimizer step moves each layer's weights, against how large they are."""

from __future__ import annotations

import math

import numpy as np
import torch

from core.probes.layers import Layer
from core.probes.norms import GradientSource, Measured, array_norm, flat, on_cpu, own_gradient

RMS_FLOOR = 1e-3
SAMPLE = 256


class UpdateProbe:
    """Per layer: ||W|| before the step, ||delta W|| of the step, and their ratio.

    The ratio is ||delta W|| / max(||W||, 1e-3 sqrt(n)): a weight matrix that starts at zero does not divide by zero.
    Biases are left out. About 1e-3 is the usual guide (Karpathy, "A recipe for training neural networks", 2019).
    `before` copies the weights (that copy is the price), `after` subtracts; both work where the weights are.

    Over all weights together:
    descent_cosine        -<g, delta W> / (||g|| ||delta W||): above 0 when the step goes downhill
    gradient_persistence  cosine of this step's gradient with the one before, over the first 256 entries of each weight;
                          near 1 step after step when gradients pile up
    """

    stream = "updates"

    def __init__(self, layers: list[Layer], source: GradientSource = own_gradient) -> None:
        self._source = source
        self._weights = [p for layer in layers for p in layer.weights]
        self._owner = np.array([i for i, layer in enumerate(layers) for _ in layer.weights])
        self._floor = np.array([RMS_FLOOR * np.sqrt(sum(p.numel() for p in layer.weights)) for layer in layers])
        self._copies: list[torch.Tensor] = []
        self._arrays: list[tuple[np.ndarray, np.ndarray]] = []
        self._sample: torch.Tensor | None = None
        self._persistence = torch.zeros((), device=self._weights[0].device)
        names = [layer.name for layer in layers]
        self.columns = [f"{kind}/{name}" for kind in ("weight_norm", "update_norm", "update_ratio") for name in names]
        self.columns += ["descent_cosine", "gradient_persistence"]

    @torch.no_grad()
    def look_at_gradients(self, *, compare: bool, keep: bool) -> None:
        """Take the sample of this step's gradients: `compare` it with the one kept before, `keep` it for the next step."""
        now = self._gradient_sample()
        if compare:
            before = self._sample
            known = before is not None and before.shape == now.shape
            self._persistence = (
                torch.nn.functional.cosine_similarity(before, now, dim=0, eps=1e-30) if known else now.new_zeros(())
            )
        self._sample = now if keep else None

    def _gradient_sample(self) -> torch.Tensor:
        gradients = [self._source(p) for p in self._weights]
        found = [g.reshape(-1)[:SAMPLE] for g in gradients if g is not None]
        return torch.cat(found).float() if found else torch.zeros(1, device=self._weights[0].device)

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
        """Norms of the weights before, of the update; then -<g, delta W>, ||g||, persistence; (2 * weights + 3,)."""
        if self._arrays:
            found = [array_norm(copy) for _, copy in self._arrays]
            for weights, copy in self._arrays:
                np.subtract(weights, copy, out=copy)
            moved = [array_norm(copy) for _, copy in self._arrays]
            arrays = [c for _, c in self._arrays]
            pairs = [
                (flat(g), c) for g, c in zip(map(self._source, self._weights), arrays, strict=True) if g is not None
            ]
            downhill = -sum(float(np.dot(g, c)) for g, c in pairs)
            steep = math.sqrt(sum(array_norm(g) ** 2 for g, _ in pairs))
            return np.array([*found, *moved, downhill, steep, float(self._persistence)])
        before = torch._foreach_norm(self._copies)
        torch._foreach_sub_(self._copies, self._weights)  # W before - W after, so the sign is turned already
        sources = zip(map(self._source, self._weights), self._copies, strict=True)
        both = [(g, c) for g, c in sources if g is not None]
        moved_on_device = torch._foreach_norm(self._copies)
        nothing = torch.zeros((), device=before[0].device)
        downhill_on_device = torch.stack([(g * c).sum() for g, c in both] or [nothing]).sum()
        steep_on_device = torch.linalg.vector_norm(torch.stack(torch._foreach_norm([g for g, _ in both]) or [nothing]))
        tail = [downhill_on_device, steep_on_device, self._persistence]
        return torch.stack([t.float() for t in (*before, *moved_on_device, *tail)])

    def finish(self, measured: np.ndarray) -> np.ndarray:
        """Columns of the stream, float32, from the host copy of `after()`."""
        downhill, steep, persistence = measured[-3:]
        squares = measured[:-3].astype(np.float64) ** 2
        half, layers = len(self._owner), len(self._floor)
        with np.errstate(invalid="ignore", over="ignore"):
            weight = np.sqrt(np.bincount(self._owner, squares[:half], layers))
            update = np.sqrt(np.bincount(self._owner, squares[half:], layers))
            length = steep * math.sqrt(squares[half:].sum())
            cosine = 0.0 if length == 0 else downhill / length  # NaN stays NaN
            ratio = update / np.fmax(weight, self._floor)
            return np.concatenate([weight, update, ratio, [cosine, persistence]]).astype("<f4")
