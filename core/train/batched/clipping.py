"""Clipping the gradients of many models at once, each member by its own limit, as core.optim.clipping does for one."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from core.optim.clipping import LEAST_WEIGHT


def joint_norm(tensors: Sequence[torch.Tensor]) -> torch.Tensor:
    """The L2 norm of every member over all tensors (members, ...), (members,)."""
    return torch.linalg.vector_norm(
        torch.stack([torch.linalg.vector_norm(tensor.flatten(1), dim=1) for tensor in tensors]), dim=0
    )


def clip(
    mode: str, gradient: torch.Tensor, weight: torch.Tensor, limit: torch.Tensor, joint: torch.Tensor | None
) -> None:
    """Clip one `gradient` (members, ...) in place; `limit` (members, 1, ..., 1), `joint` (members,) for mode norm."""
    if mode == "value":
        gradient.clamp_(-limit, limit)
    elif mode == "norm" and joint is not None:
        gradient.mul_(_factor(limit, joint.reshape(limit.shape)))
    elif mode == "parameter":
        gradient.mul_(_factor(limit, _norm(gradient, 1)))
    elif mode == "adaptive":
        units = 1 if weight.ndim == 2 else 2  # of each member a vector counts as a whole
        gradient.mul_(_factor(limit * _norm(weight, units).clamp_min(LEAST_WEIGHT), _norm(gradient, units)))


def _norm(values: torch.Tensor, first: int) -> torch.Tensor:
    """The L2 norm over the axes from `first` on, which stay with length 1."""
    return torch.linalg.vector_norm(values, dim=tuple(range(first, values.ndim)), keepdim=True)


def _factor(limit: torch.Tensor, norm: torch.Tensor) -> torch.Tensor:
    return torch.where(torch.isfinite(norm), torch.clamp(limit / (norm + 1e-6), max=1.0), 1.0)
