"""Loss and metrics of a model on held-out rows, in eval mode, without touching its random streams."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

import torch
from torch import nn

EVALUATION_BATCH = 1024


@torch.no_grad()
def evaluate(
    model: nn.Module,
    loss: nn.Module,
    x: torch.Tensor,
    y: torch.Tensor,
    classes: int,
    autocast: Callable[[], AbstractContextManager[object]],
) -> dict[str, float]:
    """Evaluate on `x` (n, ...) and `y` (n,).

    Returns {"loss", "accuracy", "f1"} for `classes` > 0 (macro F1 over the classes present), else
    {"loss", "mae", "r2"} in the units of `y`. Non-finite values are returned as they are.
    """
    training = model.training
    model.eval()
    try:
        outputs = []
        for start in range(0, len(x), EVALUATION_BATCH):
            with autocast():
                outputs.append(model(x[start : start + EVALUATION_BATCH]).float())
        output = torch.cat(outputs)
        found = {"loss": float(loss(output, y))}
    finally:
        model.train(training)
    return found | (_classification(output, y, classes) if classes else _regression(output, y))


def _classification(output: torch.Tensor, y: torch.Tensor, classes: int) -> dict[str, float]:
    if not torch.isfinite(output).all():
        return {"accuracy": float("nan"), "f1": float("nan")}
    predicted = output.argmax(dim=1)
    confusion = torch.bincount(y * classes + predicted, minlength=classes * classes).reshape(classes, classes).double()
    hits, support, named = confusion.diagonal(), confusion.sum(1), confusion.sum(0)
    present = (support + named) > 0
    f1 = 2 * hits[present] / (support + named)[present]
    return {"accuracy": float(hits.sum() / confusion.sum()), "f1": float(f1.mean())}


def _regression(output: torch.Tensor, y: torch.Tensor) -> dict[str, float]:
    error = output.squeeze(1).double() - y.double()
    spread = (y.double() - y.double().mean()).square().sum()
    return {"mae": float(error.abs().mean()), "r2": float(1 - error.square().sum() / spread.clamp_min(1e-12))}
