"""What a model put out for held-out rows, beside what was right. No torch."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.data.base import Prepared
from core.errors import BadInput


def softmax(logits: np.ndarray) -> np.ndarray:
    """Probabilities of logits (..., classes), over the last axis."""
    powers = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=-1, keepdims=True))


@dataclass(frozen=True)
class Predictions:
    """Outputs (n, outputs) for n rows and their targets (n,): class numbers, or numbers in the target's own units.

    `outputs` are logits, one a class; of a regression one number, in the target's own units.
    """

    outputs: np.ndarray
    targets: np.ndarray
    class_names: tuple[str, ...] = ()

    @classmethod
    def on_validation(cls, outputs: np.ndarray, data: Prepared) -> Predictions:
        """The raw outputs (n, outputs) of a model for the validation rows of `data`.

        Raises:
            BadInput: when there are not as many outputs as rows, or one is not finite.
        """
        if outputs.shape != (len(data.y_val), data.outputs):
            raise BadInput(
                f"The model put out {outputs.shape} for {len(data.y_val)} validation rows with {data.outputs} outputs each: the data "
                "have changed since it was trained; start a new run."
            )
        if not np.isfinite(outputs).all():
            bad = int((~np.isfinite(outputs)).any(axis=1).sum())
            raise BadInput(
                f"At this checkpoint the model's outputs are not finite numbers for {bad} of {len(outputs)} rows; choose an earlier one."
            )
        exact = outputs.astype(np.float64)
        if data.task == "classification":
            return cls(exact, data.y_val.astype(np.int64), data.class_names)
        return cls(exact * data.y_std + data.y_mean, data.y_val.astype(np.float64) * data.y_std + data.y_mean)

    @property
    def probabilities(self) -> np.ndarray:
        """Softmax of the logits (n, classes)."""
        return softmax(self.outputs)

    @property
    def named(self) -> np.ndarray:
        """The class (n,) with the largest logit."""
        return np.asarray(self.outputs.argmax(axis=1))

    @property
    def wrong(self) -> np.ndarray:
        """Which rows (n,) of a classification are named wrongly."""
        return np.asarray(self.named != self.targets)


def most_wrong(found: Predictions) -> np.ndarray:
    """Rows, the worst first: of a classification the wrong ones by the probability of the true class, else all by distance."""
    if not found.class_names:
        return np.argsort(-np.abs(found.outputs[:, 0] - found.targets), kind="stable")
    own = found.probabilities[np.arange(len(found.targets)), found.targets]
    order = np.argsort(own, kind="stable")
    return np.asarray(order[found.wrong[order]])
