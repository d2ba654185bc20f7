"""Loss and metrics of a model on held-out rows, in eval mode, without touching its random streams."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable
from contextlib import AbstractContextManager

import torch
from torch import nn

EVALUATION_BATCH = 1024
PREDICTIONS = ("top_class_share", "mean_prediction_entropy", "least_recall", "output_std")


class _Stubborn(nn.Module):
    """A copy of a model that stays in training mode."""

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model = copy.deepcopy(model)

    def eval(self) -> _Stubborn:
        return self

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.model(x)


@torch.no_grad()
def evaluate(
    model: nn.Module,
    loss: nn.Module,
    x: torch.Tensor,
    y: torch.Tensor,
    classes: int,
    autocast: Callable[[], AbstractContextManager[object]],
    *,
    in_training_mode: bool = False,
) -> dict[str, float]:
    """Evaluate on `x` (n, ...) and `y` (n,).

    Returns {"loss", "accuracy", "f1"} for `classes` > 0 (macro F1 over the classes present), else
    {"loss", "mae", "r2"} in the units of `y`; and those of PREDICTIONS that apply, on how the
    outputs are spread. `in_training_mode` is a fault on purpose. Non-finite values are returned as they are.
    """
    if in_training_mode:  # on a copy and other random streams, so that the training itself stays the same
        with torch.random.fork_rng(devices=[x.device] if x.is_cuda else []):
            return evaluate(_Stubborn(model), loss, x, y, classes, autocast)
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
    return found | scores(output, y, classes)


def scores(output: torch.Tensor, y: torch.Tensor, classes: int) -> dict[str, float]:
    """Metrics and PREDICTIONS of `output` (n, classes) against class numbers `y` (n,), or (n, 1) against numbers."""
    return _classification(output, y, classes) if classes else _regression(output, y)


def _classification(output: torch.Tensor, y: torch.Tensor, classes: int) -> dict[str, float]:
    if not torch.isfinite(output).all():
        return dict.fromkeys(("accuracy", "f1", *PREDICTIONS), float("nan"))
    predicted = output.argmax(dim=1)
    confusion = torch.bincount(y * classes + predicted, minlength=classes * classes).reshape(classes, classes).double()
    hits, support, named = confusion.diagonal(), confusion.sum(1), confusion.sum(0)
    present = (support + named) > 0
    f1 = 2 * hits[present] / (support + named)[present]
    return {
        "accuracy": float(hits.sum() / confusion.sum()),
        "f1": float(f1.mean()),
        "top_class_share": float(named.max() / confusion.sum()),
        "mean_prediction_entropy": _mean_prediction_entropy(output),
        "least_recall": float((hits[support > 0] / support[support > 0]).min()),
        "output_std": float(output.std(dim=0, correction=0).mean()),
    }


def _mean_prediction_entropy(output: torch.Tensor) -> float:
    """Entropy of the mean predicted probabilities / ln(classes): near 0 when every row gets the same sure answer."""
    mean = output.double().softmax(dim=1).mean(dim=0)
    return float(-(mean * mean.clamp_min(1e-30).log()).sum() / math.log(len(mean)))


def _regression(output: torch.Tensor, y: torch.Tensor) -> dict[str, float]:
    error = output.squeeze(1).double() - y.double()
    spread = (y.double() - y.double().mean()).square().sum()
    return {
        "mae": float(error.abs().mean()),
        "r2": float(1 - error.square().sum() / spread.clamp_min(1e-12)),
        "output_std": float(output.double().std(correction=0)),
    }
