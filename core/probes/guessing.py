"""The loss of guessing: what the best answer reaches that is the same for every row, whatever the loss."""

from __future__ import annotations

import copy
import math

import torch
from torch import nn

CUTS = 60


def guessing_loss(loss: nn.Module, y: torch.Tensor, classes: int) -> float:
    """The least mean `loss` of one constant output on targets `y` (rows,); classes 0 for numbers.

    Of inputs to rebuild, (rows, values), it is that of the mean row: exact for the squared error.

    Of cross-entropy it is the entropy of the class shares, of the squared error the variance; a smoothing, a weight or
    another loss has its own. It is exact for losses that are smooth and convex in the output, and near for the others.
    """
    loss, y = copy.deepcopy(loss).cpu(), y.detach().cpu()
    if y.ndim == 2:
        return float(loss(y.mean(dim=0).expand_as(y), y))
    return _of_classes(loss, y, classes) if classes else _of_numbers(loss, y.double())


def _of_classes(loss: nn.Module, y: torch.Tensor, classes: int) -> float:
    """On one row whose target is the share of each class: every loss is linear in the probabilities of its targets.

    Descends from two sides: from the logarithms of the shares, and from naming the largest class, where hinges have a kink.
    """
    shares = torch.bincount(y.reshape(-1).long(), minlength=classes).double() / len(y)
    found = [float(loss(torch.zeros_like(shares)[None], shares[None]))]
    for begin in (shares.clamp_min(1e-6).log(), (shares == shares.max()).double()):
        output = begin.requires_grad_()
        optimizer = torch.optim.LBFGS([output], max_iter=20, line_search_fn="strong_wolfe")

        def closure(output: torch.Tensor = output, optimizer: torch.optim.Optimizer = optimizer) -> torch.Tensor:
            optimizer.zero_grad()
            mean: torch.Tensor = loss(output[None], shares[None])
            mean.backward()
            found.append(float(mean.detach()))
            return mean

        optimizer.step(closure)
    return min((one for one in found if math.isfinite(one)), default=math.nan)


def _of_numbers(loss: nn.Module, y: torch.Tensor) -> float:
    """By cutting down an interval that holds the least: outputs may be logarithms, so it reaches down to -30."""

    def value(output: float) -> float:
        return float(loss(y.new_full((len(y), 1), output), y))

    low, high = min(float(y.min()), -30.0), max(float(y.max()), 1.0)
    for _ in range(CUTS):
        third = (high - low) / 3
        if value(low + third) > value(high - third):
            low += third
        else:
            high -= third
    return value((low + high) / 2)
