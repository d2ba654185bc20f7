"""Dead, saturated and redundant units over the rows of an evaluation that the user runs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import nn

from core.probes.hooks import ProbeHook
from core.probes.layers import Layer
from core.probes.units import UnitProbe

MOST_ROWS = 1_024
MOST_NUMBERS = 2**21


class EvaluatedUnits:
    """Keeps up to MOST_ROWS rows (and MOST_NUMBERS numbers) of each layer's output from evaluating forward passes.

    `wrap` is put around every hook.
    """

    def __init__(self, layers: list[Layer], wrap: Callable[[Callable[..., Any]], Callable[..., Any]]) -> None:
        self._wrap = wrap
        self._probe = UnitProbe(layers)
        self._targets = self._probe.targets
        self._numbers: dict[int, int] = {}
        self._rows: dict[int, int] = {}
        self.stream = self._probe.stream

    @property
    def pending(self) -> bool:
        """Whether something was seen since the last `measure`."""
        return bool(self._rows)

    def begin(self) -> Callable[[], None]:
        """Look at one forward pass; returns what ends it."""
        if self._rows and max(self._rows.values()) >= MOST_ROWS:
            return lambda: None
        seen: set[int] = set()
        hooks = [
            module.register_forward_hook(ProbeHook(self._wrap(self._keep(position, seen))))
            for position, (_, module) in enumerate(self._targets)
        ]

        def end() -> None:
            for hook in hooks:
                hook.remove()

        return end

    def _keep(self, position: int, seen: set[int]) -> Callable[..., None]:
        def keep(module: nn.Module, inputs: Any, output: Any) -> None:
            result = output[0] if isinstance(output, tuple) and output else output
            if position in seen or not isinstance(result, torch.Tensor) or not result.is_floating_point():
                return
            seen.add(position)
            if result.ndim < 2 or not len(result):
                return
            held = self._probe.found.setdefault(position, [])
            size = result.numel() // len(result)
            rows = min(
                len(result),
                MOST_ROWS - self._rows.get(position, 0),
                (MOST_NUMBERS - self._numbers.get(position, 0)) // size,
            )
            self._rows[position] = self._rows.get(position, 0) + len(result)
            if rows > 0 and (not held or held[0].shape[1:] == result.shape[1:]):
                held.append(result[:rows].detach().clone())
                self._numbers[position] = self._numbers.get(position, 0) + rows * size

        return keep

    def measure(self) -> np.ndarray:
        """The row of the stream "units", float32; what was kept is let go."""
        for position in [p for p, kept in self._probe.found.items() if not kept]:
            del self._probe.found[position]
        row = self._probe.measure()
        self.clear()
        return row

    def clear(self) -> None:
        """Forget what was kept."""
        self._probe.found.clear()
        self._rows.clear()
        self._numbers.clear()
