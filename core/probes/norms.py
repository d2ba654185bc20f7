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
own_gradient: GradientSource = operator.attrgetter("grad")


def flat(tensor: torch.Tensor) -> np.ndarray:
    """A one-dimensional NumPy view of a CPU tensor (a copy only where its memory is not contiguous)."""
    return tensor.detach().numpy().reshape(-1)


def on_cpu(tensors: Sequence[torch.Tensor]) -> bool:
    """Whether NumPy can look at these tensors in place."""
    return bool(tensors) and tensors[0].device.type == "cpu" and tensors[0].dtype == torch.float32


def array_norm(values: np.ndarray) -> float:
    """L2 norm of a flat float32 array; in float64 where float32 squares would overflow or vanish."""
    square = float(np.dot(values, values))
    if 1e-30 < square < math.inf:
        return math.sqrt(square)
    wide = values.astype(np.float64)
    return math.sqrt(float(np.dot(wide, wide)))


def norms(tensors: Sequence[torch.Tensor]) -> Measured:
    """L2 norm of each tensor: an array (n,) float64 on the CPU, else a tensor (n,) on the device, without a wait."""
    if on_cpu(tensors):
        return np.array([array_norm(flat(tensor)) for tensor in tensors])
    return torch.stack(torch._foreach_norm(list(tensors))).float()
