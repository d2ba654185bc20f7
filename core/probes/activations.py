"""What goes on inside the layers: activation statistics and the gradient that reaches each pre-activation."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import nn

from core.probes.layers import RECURRENT, Layer

KINDS = ("activation_mean", "activation_std", "zero_fraction", "saturated_fraction", "pre_activation_gradient_rms")
BOUNDED = {"Tanh": (-0.95, 0.95), "Sigmoid": (0.025, 0.975), "Hardtanh": (-0.95, 0.95), "Hardsigmoid": (0.025, 0.975)}


class ActivationProbe:
    """Per layer, on the steps it is armed for: mean, standard deviation, share of exact zeros and share within 2.5 %
    of the range's ends (tanh, sigmoid and recurrent outputs; 0 elsewhere) of the layer's output after its activation,
    and the rms of dL/dz at the pre-activation z, the signal vanishing is judged on.

    A layer without an activation (the output, a recurrent cell) is taken at its own output. Hooks are attached only
    while armed, so steps in between run the bare model. One vector on the device per record, no synchronisation.
    `loss_scale` multiplies the loss under mixed precision; gradients are divided by it.
    """

    stream = "activations"

    def __init__(self, layers: list[Layer]) -> None:
        self._targets: list[tuple[Layer, nn.Module]] = []
        for layer in layers:
            module = layer.activation or layer.module
            if all(module is not seen for _, seen in self._targets):
                self._targets.append((layer, module))
        names = [layer.name for layer, _ in self._targets]
        self.columns = [f"{kind}/{name}" for kind in KINDS for name in names]
        self._statistics: dict[int, torch.Tensor] = {}
        self._gradients: dict[int, torch.Tensor] = {}
        self._hooks: list[Any] = []
        self.hook_seconds = 0.0

    def arm(self) -> None:
        """Attach the hooks for one step."""
        self._statistics.clear()
        self._gradients.clear()
        self.hook_seconds = 0.0
        for position, (layer, module) in enumerate(self._targets):
            self._hooks.append(module.register_forward_hook(self._watch(position, layer)))

    def _watch(self, position: int, layer: Layer) -> Callable[..., None]:
        low, high = BOUNDED.get(layer.activation_type, (0.0, 0.0))
        if isinstance(layer.module, RECURRENT):
            low, high = BOUNDED["Tanh"]

        def keep_gradient(gradient: torch.Tensor) -> None:
            begun = time.perf_counter()
            self._gradients[position] = torch.linalg.vector_norm(gradient) * gradient.numel() ** -0.5
            self.hook_seconds += time.perf_counter() - begun

        def look(module: nn.Module, inputs: tuple[torch.Tensor, ...], output: Any) -> None:
            begun = time.perf_counter()
            if position not in self._statistics:
                result = output[0] if isinstance(output, tuple) else output
                before = inputs[0] if layer.activation is not None else result
                if before.requires_grad:
                    before.register_hook(keep_gradient)
                self._statistics[position] = _describe(result.detach(), low, high)
            self.hook_seconds += time.perf_counter() - begun

        return look

    def disarm(self) -> None:
        """Take the hooks off."""
        for hook in self._hooks:
            hook.remove()
        self._hooks.clear()

    def collect(self, loss_scale: float = 1.0) -> torch.Tensor:
        """All statistics of the step, float32 (kinds * layers,), on the device; 0 for a layer that was not reached."""
        self.disarm()
        missing = next(iter(self._statistics.values())).new_zeros(4)
        rows = [self._statistics.get(i, missing) for i in range(len(self._targets))]
        gradients = [self._gradients.get(i, missing[0]) for i in range(len(self._targets))]
        return torch.cat([torch.stack(rows, dim=1).reshape(-1), torch.stack(gradients) / loss_scale])

    def finish(self, values: np.ndarray) -> np.ndarray:
        """Columns of the stream from the host copy of `collect()`."""
        return values.astype("<f4", copy=False)


@torch.no_grad()
def _describe(h: torch.Tensor, low: float, high: float) -> torch.Tensor:
    """Mean, std, zero fraction and saturated fraction of `h`, float32 (4,), on its device."""
    if h.device.type == "cpu" and h.dtype == torch.float32:
        flat = h.reshape(-1).numpy()
        count = max(flat.size, 1)
        mean = float(np.add.reduce(flat)) / count
        centred = flat - np.float32(mean)
        spread = math.sqrt(float(centred @ centred) / count)
        zeros = 1.0 - np.count_nonzero(flat) / count
        outside = np.count_nonzero((flat < low) | (flat > high)) / count if high > low else 0.0
        return torch.tensor([mean, spread, zeros, outside])
    h = h.float()
    outside = ((h < low) | (h > high)).float().mean() if high > low else h.new_zeros(())
    return torch.stack([h.mean(), h.std(correction=0), (h == 0).float().mean(), outside])
