"""Norms of many tensors at once: without a copy through NumPy on the CPU, in one foreach call elsewhere."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Sequence
from typing import TypeAlias

import numpy as np
import torch

Measured: TypeAlias = "np.ndarray | torch.Tensor"
GradientSource: TypeAlias = "Callable[[torch.nn.Parameter], torch.Tensor | None]"
LEAST_SQUARE = 1e-30
own_gradient: GradientSource = operator.attrgetter("grad")


def flat(tensor: torch.Tensor) -> np.ndarray:
    """A one-dimensional NumPy view of a CPU tensor (a copy only where its memory is not contiguous)."""
    return tensor.detach().numpy().reshape(-1)


def on_cpu(tensors: Sequence[torch.Tensor]) -> bool:
    """Whether NumPy can look at these tensors in place."""
    return bool(tensors) and tensors[0].device.type == "cpu" and tensors[0].dtype == torch.float32


def array_norm(values: np.ndarray) -> float:
    """L2 norm of a flat float32 array; in float64 where float32 squares would overflow or vanish."""
    return math.sqrt(_square(values))


def _square(values: np.ndarray) -> float:
    square = float(np.vdot(values, values))
    if LEAST_SQUARE < square < math.inf:
        return square
    wide = values.astype(np.float64)
    return float(np.vdot(wide, wide))


def squares(tensors: Sequence[torch.Tensor | None]) -> list[float] | None:
    """Squared L2 norm of each tensor, as exact as `array_norm`; None where NumPy can't look at all of them in place.

    Two calls a tensor and nothing of NumPy's beside them: this runs at every step with cold caches, where a ufunc on
    twenty numbers takes as long as the norm of a layer.
    """
    first = tensors[0] if tensors else None
    if first is None or not first.is_cpu or first.dtype != torch.float32:
        return None
    try:
        arrays = list(map(torch.Tensor.numpy, tensors))
    except (TypeError, RuntimeError):  # a missing one; one with a graph of its own
        return None
    found = list(map(float, map(np.vdot, arrays, arrays)))
    if min(found) > LEAST_SQUARE and sum(found) < math.inf:
        return found
    return list(map(_square, arrays))


def norms(tensors: Sequence[torch.Tensor]) -> Measured:
    """L2 norm of each tensor: an array (n,) float64 on the CPU, else a tensor (n,) on the device, without a wait."""
    if on_cpu(tensors):
        return np.array([array_norm(flat(tensor)) for tensor in tensors])
    return torch.stack(torch._foreach_norm(list(tensors))).float()
