"""Gradient clipping, by the total norm or value by value, without waiting for the device."""

from __future__ import annotations

from collections.abc import Iterable

import torch


def clip_by_norm(parameters: Iterable[torch.Tensor], limit: float) -> torch.Tensor:
    """Scale all gradients by one factor so that their total L2 norm is at most `limit` (Pascanu et al. 2013).

    Returns the norm before clipping as a 0-d tensor on the gradients' device, with no wait for it.
    If that norm isn't finite, the gradients stay as they are: torch's clip_grad_norm_ would multiply them all
    by NaN (or by 0, if the norm is infinite), and the layer where the fault began could no longer be told.
    The returned norm shows the fault; skipping the step is the caller's choice. Squares are summed in the
    gradients' own precision, so a norm beyond its largest number counts as not finite too.
    """
    gradients = gradients_of(parameters)
    norm = total_norm(gradients)
    factor = torch.clamp(limit / (norm + 1e-6), max=1.0)
    factor = torch.where(torch.isfinite(norm), factor, torch.ones_like(factor))
    if gradients:
        torch._foreach_mul_(gradients, factor)
    return norm


def clip_by_value(parameters: Iterable[torch.Tensor], limit: float) -> torch.Tensor:
    """Cut every single gradient value to -limit..limit, which can turn the direction of the step.

    Returns the total L2 norm before clipping as a 0-d tensor, as `clip_by_norm` does. A NaN stays NaN and an
    infinite value becomes the limit; the returned norm is then not finite and so shows both.
    """
    gradients = gradients_of(parameters)
    norm = total_norm(gradients)
    if gradients:
        torch._foreach_clamp_min_(gradients, -limit)
        torch._foreach_clamp_max_(gradients, limit)
    return norm


def total_norm(gradients: list[torch.Tensor]) -> torch.Tensor:
    """Return the L2 norm of all values of `gradients` together, a 0-d tensor; 0 for an empty list."""
    if not gradients:
        return torch.tensor(0.0)
    return torch.linalg.vector_norm(torch.stack(torch._foreach_norm(gradients)))


def gradients_of(parameters: Iterable[torch.Tensor]) -> list[torch.Tensor]:
    """Return the gradients that exist, in order."""
    return [parameter.grad for parameter in parameters if parameter.grad is not None]
