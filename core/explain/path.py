"""Integrated gradients in plain torch, for the trainer: it follows the attributions of fixed rows while weights change."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn

from core.explain.base import relative_gap
from core.explain.methods.common import plain_kernels
from core.explain.prepare import Explained, Subject, prepare
from core.explain.surgery import names_before
from core.models.parts.parametrised import computes_a_weight, plain_weights

POINTS = 25
VALUES_AT_ONCE, LEAST_ROWS_AT_ONCE, MOST_ROWS_AT_ONCE = 100_000, 100, 1250  # more no longer fit into a CPU's caches


@dataclass(frozen=True, eq=False)
class PathValues:
    """values (n, *shape) float32 as the data has its rows; output and base_value (n,) float64, f(x) and f(baseline)."""

    values: np.ndarray
    output: np.ndarray
    base_value: np.ndarray

    @property
    def gap(self) -> float:
        """What the sums miss, as core.explain.trust.completeness judges it; NaN where there is nothing to explain."""
        return float(np.median(relative_gap(self.values, self.output, self.base_value)))


class FixedRows:
    """The same rows, targets and baseline explained again and again, as the weights of one model change.

    Keeps a copy of `model` in eval mode, into which weights are loaded: the model itself is neither run nor changed.
    x (n, *shape), target (n,) int64, baseline (*shape).

    Raises:
        BadInput: when a text model has no embedding to explain at.
    """

    def __init__(self, model: nn.Module, x: np.ndarray, target: np.ndarray, baseline: np.ndarray, kind: str) -> None:
        self._subject: Subject = prepare(model, x, kind)
        self._computing = copy.deepcopy(model).eval() if _computes_weights(model) else None
        self._x, self._baseline = x, np.asarray(baseline, x.dtype)
        self._target = torch.as_tensor(target, dtype=torch.int64, device=self._subject.device)
        copied = self._subject.explained.model
        self._names = names_before(copied)
        self._weights = copied.state_dict()
        copied.requires_grad_(False)

    @property
    def points_at_once(self) -> int:
        """How many points go through the model together."""
        return points_at_once(self._subject.features(self._x))

    def explain(self, weights: Mapping[str, torch.Tensor], points: int = POINTS) -> PathValues:
        """Explain with those weights: a state dict of the model that this was made of."""
        with torch.no_grad():
            if self._computing is not None:
                self._computing.load_state_dict(weights)
                weights = plain_weights(self._computing)
            for name, tensor in self._weights.items():
                tensor.copy_(weights[self._names[name]])
        subject = self._subject
        features, fixed = subject.features(self._x), subject.fixed(self._x)
        base = subject.features(self._baseline[None])
        with plain_kernels(subject):
            values = integrated_gradients(subject.explained, features, fixed, base, self._target, points)
            outputs = [subject.logits(start, *fixed) for start in (features, base.expand_as(features))]
        target = self._target.cpu().numpy()
        output, base_value = (found[np.arange(len(target)), target] for found in outputs)
        return PathValues(subject.in_data_shape(values).astype(np.float32), output, base_value)


def _computes_weights(model: nn.Module) -> bool:
    return any(computes_a_weight(path) for path, _ in model.named_modules())


def points_at_once(features: torch.Tensor) -> int:
    """How many points of the paths to features (n, ...) go through the model together."""
    rows = VALUES_AT_ONCE // max(features[0].numel(), 1)
    return max(1, min(MOST_ROWS_AT_ONCE, max(LEAST_ROWS_AT_ONCE, rows)) // len(features))


def integrated_gradients(
    explained: Explained,
    features: torch.Tensor,
    fixed: tuple[torch.Tensor, ...],
    baseline: torch.Tensor,
    target: torch.Tensor,
    points: int = POINTS,
) -> torch.Tensor:
    """Gradients of the target's output on the straight path from the baseline, times its length (Sundararajan et al. 2017).

    features (n, ...), baseline (1, ...), target (n,); the integral is Gauss-Legendre's sum over `points`. Returns values
    of the shape of `features`.
    """
    places, shares = np.polynomial.legendre.leggauss(points)
    places, shares = (places + 1) / 2, shares / 2
    n, step = len(features), features - baseline
    total = torch.zeros_like(features)
    many = points_at_once(step)
    for first in range(0, points, many):
        alphas, weights = (
            torch.as_tensor(array[first : first + many], dtype=features.dtype, device=features.device)
            for array in (places, shares)
        )
        k = len(alphas)
        on_path = (baseline + alphas.reshape(k, *[1] * features.ndim) * step).flatten(0, 1).requires_grad_()
        with torch.enable_grad():
            output = explained(on_path, *(one.repeat(k, *[1] * (one.ndim - 1)) for one in fixed))
            chosen = output.gather(1, target.repeat(k).unsqueeze(1)).sum()
        (gradient,) = torch.autograd.grad(chosen, on_path)
        total += torch.tensordot(weights, gradient.unflatten(0, (k, n)), dims=1)
    return total * step
