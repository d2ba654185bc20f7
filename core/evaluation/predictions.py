"""What a model put out for held-out rows, beside what was right. No torch."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.data.base import Prepared
from core.errors import BadInput
from core.evaluation.links import PROBABLE, answers, usual_link


@dataclass(frozen=True)
class Predictions:
    """Outputs (n, outputs) for n rows and their targets (n,): class numbers, or numbers in the target's own units.

    `outputs` are logits or scores, one a class; of a regression one number, in the target's own units. `link` says what
    makes probabilities of the classes of them: "softmax", "sigmoid", or "none" where they are none.
    """

    outputs: np.ndarray
    targets: np.ndarray
    class_names: tuple[str, ...] = ()
    link: str = "softmax"

    @classmethod
    def on_validation(cls, outputs: np.ndarray, data: Prepared, link: str = "") -> Predictions:
        """The raw outputs (n, outputs) of a model for the validation rows of `data`; `link` is that of its loss ("" = usual).

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
            return cls(exact, data.y_val.astype(np.int64), data.class_names, link or usual_link(data.outputs))
        exact = answers(exact, link or usual_link(0))
        return cls(exact * data.y_std + data.y_mean, data.y_val.astype(np.float64) * data.y_std + data.y_mean)

    @property
    def probable(self) -> bool:
        """Whether the answers are probabilities of the classes."""
        return self.link in PROBABLE

    @property
    def scores(self) -> np.ndarray:
        """Probabilities of the classes (n, classes), or scores where the loss gives none."""
        return answers(self.outputs, self.link)

    @property
    def named(self) -> np.ndarray:
        """The class (n,) with the largest logit."""
        return np.asarray(self.outputs.argmax(axis=1))

    @property
    def wrong(self) -> np.ndarray:
        """Which rows (n,) of a classification are named wrongly."""
        return np.asarray(self.named != self.targets)


def most_wrong(found: Predictions) -> np.ndarray:
    """Rows, the worst first: of a classification the wrong ones by the probability of the true class (by how far its score lies
    behind, where it has none), of numbers all by distance."""
    if not found.class_names:
        return np.argsort(-np.abs(found.outputs[:, 0] - found.targets), kind="stable")
    own = found.scores[np.arange(len(found.targets)), found.targets]
    if not found.probable:
        own = own - found.scores.max(axis=1)
    order = np.argsort(own, kind="stable")
    return np.asarray(order[found.wrong[order]])
