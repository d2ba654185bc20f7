"""What lessons measure on a training: one number each, from its records. No torch."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from core.evaluation.calibration import calibration
from core.evaluation.confusion import class_scores, confusion_matrix
from core.lessons.evidence import Evidence

FIRST_ROWS = 5
"""How many of the first records of gradients are averaged: one batch alone is noisy."""


@dataclass(frozen=True)
class Measure:
    """One number of a training. `of` returns NaN where there is none, as after a loss that went to NaN.

    `good` is "high" or "low" where one of them is better, which a training that went astray never is. `needs` says what must
    have been recorded: "any" training, "layers" (a plain run), "predictions" (a plain run's last checkpoint) or a "change"
    by hand. `percent` measures are shares.
    """

    key: str
    label: str
    of: Callable[[Evidence], float]
    good: str = ""
    needs: str = "any"
    percent: bool = False


def last(column: str) -> Callable[[Evidence], float]:
    """The newest evaluation of `column`; NaN when training has gone astray."""

    def of(found: Evidence) -> float:
        values = found.evaluation(column)
        return float(values[-1]) if len(values) and not found.astray else math.nan

    return of


def lowest_val_loss(found: Evidence) -> float:
    """The lowest validation loss of the whole training: what early stopping would have kept."""
    values = found.evaluation("val_loss")
    known = values[np.isfinite(values)]
    return float(known.min()) if len(known) else math.nan


def val_loss_rise(found: Evidence) -> float:
    """By how much the validation loss ends above its lowest value."""
    return last("val_loss")(found) - lowest_val_loss(found)


def accuracy_gap(found: Evidence) -> float:
    """Accuracy on training rows minus that on validation rows, at the end."""
    return last("train_accuracy")(found) - last("val_accuracy")(found)


def first_gradient_norm(found: Evidence) -> float:
    """Norm of the whole gradient at the first record."""
    norms = found.gradient_norm()
    return float(norms[0]) if len(norms) else math.nan


def largest_gradient_norm(found: Evidence) -> float:
    """The largest recorded norm of the whole gradient; infinite when one was no finite number."""
    norms = found.gradient_norm()
    if not len(norms):
        return math.nan
    return float(norms.max()) if np.isfinite(norms).all() else math.inf


def gradient_reach(found: Evidence) -> float:
    """Gradient at the first layer's pre-activations over that at the last hidden layer's, early in training (rms)."""
    layers = found.layers("pre_activation_gradient_rms")
    if layers.shape[1] < 3 or not len(layers):
        return math.nan
    with np.errstate(divide="ignore", invalid="ignore"):
        ratios = layers[:FIRST_ROWS, 0] / layers[:FIRST_ROWS, -2]
    return float(np.median(ratios))


def signal_reach(found: Evidence) -> float:
    """Standard deviation of the last hidden layer's activations over that of the first one's, early in training."""
    layers = found.layers("activation_std")
    if layers.shape[1] < 3 or not len(layers):
        return math.nan
    with np.errstate(divide="ignore", invalid="ignore"):
        return float(np.median(layers[:FIRST_ROWS, -2] / layers[:FIRST_ROWS, 0]))


def loss_noise(found: Evidence) -> float:
    """How far the training loss jumps from one step to the next, over the last quarter of the steps, as a standard deviation.

    The differences of neighbours leave out the trend; two noisy values make one difference, hence the square root of 2.
    """
    loss = found.loss()
    late = loss[-max(len(loss) // 4, 2) :]
    return float(np.diff(late).std() / math.sqrt(2)) if len(late) > 2 else math.nan


def highest_loss(found: Evidence) -> float:
    """The highest training loss of any step; infinite when one was no finite number."""
    loss = found.worst_loss()
    if not len(loss):
        return math.nan
    return float(loss.max()) if np.isfinite(loss).all() else math.inf


def calibration_error(found: Evidence) -> float:
    """Expected calibration error on the validation rows, in 10 bins (Guo et al. 2017)."""
    said = found.predictions()
    return calibration(said.scores, said.targets).error if said and said.probable else math.nan


def mean_confidence(found: Evidence) -> float:
    """Mean probability of the named class, on the validation rows."""
    said = found.predictions()
    return float(said.scores.max(axis=1).mean()) if said and said.probable else math.nan


def rare_recall(found: Evidence) -> float:
    """Of the validation rows of the rarest class, the share that was named so."""
    said = found.predictions()
    if said is None:
        return math.nan
    scores = class_scores(confusion_matrix(said.targets, said.named, len(said.class_names)))
    return float(scores.recall[int(np.argmin(scores.support))])


def loss_before_change(found: Evidence) -> float:
    """Mean training loss over the epoch before the change by hand."""
    return found.around_change()[0]


def loss_after_change(found: Evidence) -> float:
    """Mean training loss over the second epoch after the change by hand: the first one still carries the old pace."""
    return found.around_change()[1]


def loss_drop(found: Evidence) -> float:
    """How many times as high the training loss was before the change by hand as it is after it."""
    before, after = found.around_change()
    return before / after if after else math.nan


_ALL = (
    Measure("val_accuracy", "validation accuracy", last("val_accuracy"), "high", percent=True),
    Measure("train_accuracy", "training accuracy", last("train_accuracy"), "high", percent=True),
    Measure("accuracy_gap", "training minus validation accuracy", accuracy_gap, "low", percent=True),
    Measure("val_f1", "validation macro F1", last("val_f1"), "high"),
    Measure("val_r2", "validation R²", last("val_r2"), "high"),
    Measure("val_loss", "validation loss at the end", last("val_loss"), "low"),
    Measure("train_loss", "training loss at the end", last("train_loss_eval"), "low"),
    Measure("lowest_val_loss", "lowest validation loss", lowest_val_loss, "low"),
    Measure("val_loss_rise", "rise of the validation loss after its lowest point", val_loss_rise, "low"),
    Measure("first_gradient_norm", "gradient norm at the first record", first_gradient_norm),
    Measure("largest_gradient_norm", "largest gradient norm", largest_gradient_norm, "low"),
    Measure("gradient_reach", "gradient at the first layer over that at the last", gradient_reach, needs="layers"),
    Measure("signal_reach", "signal at the last layer over that at the first", signal_reach, needs="layers"),
    Measure("loss_noise", "step-to-step noise of the training loss", loss_noise, needs="layers"),
    Measure("highest_loss", "highest training loss of any step", highest_loss, "low"),
    Measure("calibration_error", "calibration error", calibration_error, "low", "predictions", percent=True),
    Measure("mean_confidence", "mean confidence", mean_confidence, "", "predictions", percent=True),
    Measure("rare_recall", "share found of the rarest class", rare_recall, "high", "predictions", percent=True),
    Measure("loss_before_change", "training loss in the epoch before the change", loss_before_change, "low", "change"),
    Measure("loss_after_change", "training loss two epochs after the change", loss_after_change, "low", "change"),
    Measure("loss_drop", "training loss before the change over that after it", loss_drop, "high", "change"),
)  # fmt: skip
MEASURES: dict[str, Measure] = {measure.key: measure for measure in _ALL}
