"""Loss and metrics of a model on held-out rows, in eval mode, without touching its random streams."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Mapping
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
    """Evaluate on `x` (n, ...) and `y` (n,), or (n, values) of inputs to rebuild.

    Returns {"loss", "accuracy", "f1", "balanced_accuracy"} for `classes` > 0 (macro F1 over the classes present or named;
    the mean recall of those present), else {"loss", "mae", "r2"} in the units of `y` (R2 of all values, each against its
    own mean); and those of PREDICTIONS that apply, on how the
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
    return found | scores(answer(loss, output), y, classes)


def answer(loss: nn.Module, output: torch.Tensor) -> torch.Tensor:
    """What `output`, of any shape, stands for: itself, or where the loss reads it on another scale, a number on that of `y`."""
    found: torch.Tensor = loss.answer(output) if hasattr(loss, "answer") else output
    return found


def run_metrics(on_val: Mapping[str, float], on_train: Mapping[str, float], y_std: float | None) -> dict[str, float]:
    """The metrics of a run from what `evaluate` found on both parts; `y_std` undoes a regression's scaling, else None."""
    score = "accuracy" if y_std is None else "r2"
    metrics = {f"val_{name}": value for name, value in on_val.items() if name not in PREDICTIONS}
    metrics |= {"train_loss_eval": on_train["loss"], f"train_{score}": on_train[score]}
    if y_std is not None:
        metrics["val_mae"] *= y_std  # back to the target's own units
    return metrics


def scores(output: torch.Tensor, y: torch.Tensor, classes: int) -> dict[str, float]:
    """Metrics and PREDICTIONS of `output` (n, classes) against class numbers `y` (n,), or (n, 1) against numbers, or (n, values) each."""
    return scores_of_members(output.unsqueeze(0), y.unsqueeze(0), classes)[0]


def scores_of_members(output: torch.Tensor, y: torch.Tensor, classes: int) -> list[dict[str, float]]:
    """`scores` of many models at once: `output` (members, n, outputs) against `y` (members, n) or (members, n, values)."""
    columns = _classification(output, y, classes) if classes else _regression(output.reshape(y.shape), y)
    rows = torch.stack([column.double() for column in columns.values()], dim=1).tolist()
    return [dict(zip(columns, row, strict=True)) for row in rows]


def _classification(output: torch.Tensor, y: torch.Tensor, classes: int) -> dict[str, torch.Tensor]:
    """NaN throughout for a member with an output that is not finite."""
    members, n = y.shape
    start = torch.arange(members, device=y.device).unsqueeze(1) * classes
    cells = (start + y) * classes + output.argmax(dim=2)
    confusion = torch.bincount(cells.flatten(), minlength=members * classes * classes)
    confusion = confusion.reshape(members, classes, classes).double()
    hits, support, named = confusion.diagonal(dim1=1, dim2=2), confusion.sum(2), confusion.sum(1)
    present = (support + named) > 0
    f1 = torch.where(present, 2 * hits / (support + named), 0.0)
    recall = hits / support
    found = {
        "accuracy": hits.sum(1) / n,
        "f1": f1.sum(1) / present.sum(1),
        "balanced_accuracy": recall.nanmean(1),
        "top_class_share": named.amax(1) / n,
        "mean_prediction_entropy": _mean_prediction_entropy(output),
        "least_recall": torch.where(support > 0, recall, 1.0).amin(1),
        "output_std": output.std(dim=1, correction=0).mean(1),
    }
    finite = torch.isfinite(output).flatten(1).all(1)
    return {name: torch.where(finite, values, float("nan")) for name, values in found.items()}


def _mean_prediction_entropy(output: torch.Tensor) -> torch.Tensor:
    """Entropy of the mean predicted probabilities / ln(classes): near 0 when every row gets the same sure answer."""
    mean = output.double().softmax(dim=2).mean(dim=1)
    return -(mean * mean.clamp_min(1e-30).log()).sum(1) / math.log(output.shape[2])


def _regression(output: torch.Tensor, y: torch.Tensor) -> dict[str, torch.Tensor]:
    target = y.double()
    error = output.double() - target
    spread = (target - target.mean(1, keepdim=True)).square().flatten(1).sum(1)
    return {
        "mae": error.abs().flatten(1).mean(1),
        "r2": 1 - error.square().flatten(1).sum(1) / spread.clamp_min(1e-12),
        "output_std": output.double().std(dim=1, correction=0).reshape(len(output), -1).mean(1),
    }
