"""Gradient clipping: of all together, value by value, parameter by parameter, unit by unit; no wait for the device."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import torch

LEAST_WEIGHT = 1e-3


def clip(mode: str, parameters: Iterable[torch.Tensor], limit: float) -> None:
    """Clip the gradients of `parameters` in place; `mode` is none or a key of CLIPPERS."""
    if mode != "none":
        CLIPPERS[mode](parameters, limit)


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
    if gradients:
        torch._foreach_mul_(gradients, _factor(limit, norm))
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


def clip_by_parameter(parameters: Iterable[torch.Tensor], limit: float) -> torch.Tensor:
    """Scale each parameter's gradient by itself so that its own L2 norm is at most `limit`.

    Returns the total norm before clipping, as `clip_by_norm` does. A gradient whose norm isn't finite stays as it is,
    and the others are clipped all the same.
    """
    gradients = gradients_of(parameters)
    norms = list(torch._foreach_norm(gradients)) if gradients else []
    for gradient, norm in zip(gradients, norms, strict=True):
        gradient.mul_(_factor(limit, norm))
    return torch.linalg.vector_norm(torch.stack(norms)) if norms else torch.tensor(0.0)


def clip_adaptively(parameters: Iterable[torch.Tensor], limit: float) -> torch.Tensor:
    """Scale the gradient of each unit so that its norm is at most `limit` times that of the unit's weights (Brock et al. 2021).

    A unit is one entry of the first axis of a weight: a row of a matrix, a filter; a bias or a scale of a norm is a unit
    as a whole. The norm of weights counts as at least 1e-3, so that weights that start at zero can move. The last layer is
    clipped like all others, which the paper leaves out.
    Returns the total norm before clipping, as `clip_by_norm` does. A unit whose norm isn't finite stays as it is.
    """
    clipped = [parameter for parameter in parameters if parameter.grad is not None]
    norm = total_norm(gradients_of(clipped))
    for parameter in clipped:
        gradient = parameter.grad
        assert gradient is not None
        largest = limit * unit_norms(parameter.detach()).clamp_min(LEAST_WEIGHT)
        gradient.mul_(_factor(largest, unit_norms(gradient)))
    return norm


def unit_norms(values: torch.Tensor) -> torch.Tensor:
    """The L2 norm of each entry of the first axis, (units, 1, ..., 1); of a vector or a number as a whole, (1,) or ()."""
    if values.ndim < 2:
        return torch.linalg.vector_norm(values, keepdim=True)
    return torch.linalg.vector_norm(values, dim=tuple(range(1, values.ndim)), keepdim=True)


def _factor(limit: float | torch.Tensor, norm: torch.Tensor) -> torch.Tensor:
    """What brings a gradient of that norm to the limit; 1 where it is below, or not finite."""
    factor = torch.clamp(limit / (norm + 1e-6), max=1.0)
    return torch.where(torch.isfinite(norm), factor, torch.ones_like(factor))


def total_norm(gradients: list[torch.Tensor]) -> torch.Tensor:
    """Return the L2 norm of all values of `gradients` together, a 0-d tensor; 0 for an empty list."""
    if not gradients:
        return torch.tensor(0.0)
    return torch.linalg.vector_norm(torch.stack(torch._foreach_norm(gradients)))


def gradients_of(parameters: Iterable[torch.Tensor]) -> list[torch.Tensor]:
    """Return the gradients that exist, in order."""
    return [parameter.grad for parameter in parameters if parameter.grad is not None]


CLIPPERS: dict[str, Callable[[Iterable[torch.Tensor], float], torch.Tensor]] = {
    "norm": clip_by_norm,
    "value": clip_by_value,
    "parameter": clip_by_parameter,
    "adaptive": clip_adaptively,
}
