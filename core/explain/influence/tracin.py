"""TracIn's terms: learning rate times the dot product of two rows' loss gradients, at every checkpoint (Pruthi et al. 2020).

Of the last layer, logits = W h + b, a row's gradient is the outer product of g = dL/dlogits and (h, 1), so that two
rows' dot product is (g . g') (h . h' + 1): the 1 belongs to the offset b, which captum's TracInCPFast leaves out.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn
from torch.func import functional_call, grad, vmap

from core.errors import BadInput, Cancelled
from core.explain.base import never, silent
from core.explain.influence.line import Line

LAST_LAYER_ROWS = 1024
ALL_WEIGHTS_BYTES = 64 * 2**20
WEIGHTS = ("last", "all")

Rows = tuple[np.ndarray, np.ndarray]
Factors = tuple[torch.Tensor, ...]


@dataclass(frozen=True, eq=False)
class Terms:
    """scores (checkpoints, explained rows, training rows) and own (checkpoints, training rows), float32; sum over axis 0."""

    scores: np.ndarray
    own: np.ndarray


def terms(
    line: Line,
    training: Rows,
    explained: Rows,
    weights: str = "last",
    *,
    should_stop: Callable[[], bool] = never,
    progress: Callable[[float], None] = silent,
) -> Terms:
    """The influence of every training row on every explained row, and on itself, by checkpoint.

    Rows are (x (n, *shape), targets (n,)). Training rows are gone through in chunks of bounded memory.

    Raises:
        BadInput: when "all" weights are asked of a model whose rows can't be told apart in a batch.
        Cancelled: when `should_stop()` says so between two chunks.
    """
    factors: Callable[[Line, nn.Module, Rows], Factors] = _last_layer if weights == "last" else _all_weights
    total = len(training[1])
    chunk = LAST_LAYER_ROWS if weights == "last" else _rows_of(line.model)
    scores = np.zeros((len(line.points), len(explained[1]), total), np.float32)
    own = np.zeros((len(line.points), total), np.float32)
    for at, point in enumerate(line.points):
        model = line.at(point)
        parts = range(0, len(explained[1]), chunk)
        asked = [factors(line, model, _part(explained, slice(start, start + chunk))) for start in parts]
        for start in range(0, total, chunk):
            if should_stop():
                raise Cancelled("The search for influential rows was cancelled.")
            rows = slice(start, min(start + chunk, total))
            there = factors(line, model, _part(training, rows))
            for first, here in zip(parts, asked, strict=True):
                found = point.rate * point.share * _dots(here, there)
                scores[at, first : first + len(found), rows] = found.cpu().numpy()
            own[at, rows] = point.rate * point.share * _squares(there).cpu().numpy()
            progress((at + rows.stop / total) / len(line.points))
    return Terms(scores, own)


def _part(rows: Rows, which: slice) -> Rows:
    return rows[0][which], rows[1][which]


def _dots(first: Factors, second: Factors) -> torch.Tensor:
    """(n, m): the product, over the factors, of the dot products of their rows."""
    found = first[0] @ second[0].T
    for one, other in zip(first[1:], second[1:], strict=True):
        found = found * (one @ other.T)
    return found


def _squares(factors: Factors) -> torch.Tensor:
    """(n,): each row's dot product with itself."""
    found = factors[0].square().sum(dim=1)
    for one in factors[1:]:
        found = found * one.square().sum(dim=1)
    return found


def _last_layer(line: Line, model: nn.Module, rows: Rows) -> Factors:
    """dL/dlogits (n, k) of each row's own loss, and the last layer's inputs with a 1 for its offset (n, d + 1), float64."""
    kept: list[torch.Tensor] = []
    layer = model.get_submodule(line.last)
    handle = layer.register_forward_pre_hook(lambda _module, inputs: kept.append(inputs[0]))
    try:
        with torch.no_grad():
            logits = model(line.tensor(rows[0]))
    finally:
        handle.remove()
    logits = logits.detach().requires_grad_()
    # The loss is a mean over rows, so a row's own gradient is the mean's times their number.
    (slope,) = torch.autograd.grad(line.loss(logits, line.tensor(rows[1])) * len(logits), logits)
    inputs = kept[0].double()
    if layer.bias is not None:
        inputs = torch.cat([inputs, torch.ones_like(inputs[:, :1])], dim=1)
    return slope.double(), inputs


def _all_weights(line: Line, model: nn.Module, rows: Rows) -> Factors:
    """The gradient of each row's own loss by all weights, (n, weights) float64."""
    weights = {name: weight.detach() for name, weight in model.named_parameters()}
    others = dict(model.named_buffers())

    def loss(weights: dict[str, torch.Tensor], x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        return line.loss(functional_call(model, (weights, others), (x[None],)), y[None])

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that a recurrent layer goes row by row
            found = vmap(grad(loss), in_dims=(None, 0, 0))(weights, line.tensor(rows[0]), line.tensor(rows[1]))
    except RuntimeError as error:
        said = str(error).strip().splitlines()[0][:120]
        raise BadInput(
            f"The gradients of single rows by all weights can't be had of this model ({said}); set weights to last."
        ) from None
    return (torch.cat([found[name].flatten(1) for name in weights], dim=1).double(),)


def _rows_of(model: nn.Module) -> int:
    """How many rows' whole gradients fit into ALL_WEIGHTS_BYTES, with some room for what stands beside them."""
    weights = sum(parameter.numel() for parameter in model.parameters())
    return max(1, min(LAST_LAYER_ROWS, ALL_WEIGHTS_BYTES // (16 * weights)))
