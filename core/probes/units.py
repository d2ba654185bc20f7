"""What single units do over many samples: dead, saturated, redundant. Measured while a fixed sample is evaluated."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from torch import nn

from core.probes.layers import RECURRENT, Layer

KINDS = ("dead_units", "saturated_units", "participation_ratio")
RECTIFIERS = ("ReLU", "ReLU6")
SATURATES = {"Tanh": (-0.9, 0.9), "Sigmoid": (0.05, 0.95), "Hardtanh": (-0.9, 0.9), "Hardsigmoid": (0.05, 0.95)}
RANK_ROWS = 128


class UnitProbe:
    """Per layer, over all samples of one evaluation (eval mode, so dropout does not count as death):

    dead_units           share of units whose output after a ReLU is 0 for every sample (and position of an image)
    saturated_units      share of units beyond 90 % of the range of tanh or sigmoid for 85 % of the samples
    participation_ratio  (sum of eigenvalues)^2 / (sum of squares) of the covariance of the units over up to
                         128 samples, divided by min(units, samples - 1): 1 when all directions are used alike
    """

    stream = "units"

    def __init__(self, layers: list[Layer]) -> None:
        self.targets = [(la, la.activation or la.module) for la in layers]
        self.columns = [f"{kind}/{layer.name}" for kind in KINDS for layer in layers]
        self.found: dict[int, list[torch.Tensor]] = {}

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Collect while the body evaluates the model."""
        self.found.clear()
        hooks = [
            module.register_forward_hook(self._keep(position)) for position, (_, module) in enumerate(self.targets)
        ]
        try:
            yield
        finally:
            for hook in hooks:
                hook.remove()

    def _keep(self, position: int) -> Callable[..., None]:
        def keep(module: nn.Module, inputs: Any, output: Any) -> None:
            result = output[0] if isinstance(output, tuple) else output
            self.found.setdefault(position, []).append(result.detach())

        return keep

    @torch.no_grad()
    def measure(self) -> np.ndarray:
        """The columns of the stream, float32 (kinds * layers,); 0 where a layer was not reached."""
        rows = np.zeros((len(KINDS), len(self.targets)), "<f4")
        for position, outputs in self.found.items():
            layer = self.targets[position][0]
            low, high = SATURATES["Tanh"] if isinstance(layer.module, RECURRENT) else (0.0, 0.0)
            low, high = SATURATES.get(layer.activation_type, (low, high))
            rows[:, position] = describe(torch.cat(outputs).float(), layer.activation_type in RECTIFIERS, low, high)
        self.found.clear()
        return rows.reshape(-1)


def describe(output: torch.Tensor, rectified: bool, low: float, high: float) -> tuple[float, float, float]:
    """Dead share, saturated share and participation ratio of `output` (samples, units, ...) or (samples, time, units)."""
    if output.ndim == 4:  # images: one unit per channel, positions count as samples
        units = output.movedim(1, 3).reshape(-1, output.shape[1])
        sample = output.mean(dim=(2, 3))
    else:
        units = output.reshape(-1, output.shape[-1])
        sample = output[:, -1] if output.ndim == 3 else output
    dead = float((units == 0).all(dim=0).float().mean()) if rectified else 0.0
    beyond = ((units < low) | (units > high)).float().mean(dim=0) if high > low else units.new_zeros(1)
    return dead, float((beyond > 0.85).float().mean()), participation(sample[:RANK_ROWS])


def participation(sample: torch.Tensor) -> float:
    """Participation ratio of the covariance of `sample` (samples, units), as a share of the most it could be.

    From the Gram matrix, without eigenvalues: tr(C)^2 / ||C||_F^2. 0 where nothing varies.
    """
    centred = (sample - sample.mean(dim=0)).double()
    gram = centred @ centred.T
    most = min(sample.shape[1], len(sample) - 1)
    square = float(gram.square().sum())
    return float(gram.trace()) ** 2 / square / most if square != 0 and most > 0 else 0.0
