"""How well inputs are rebuilt, and whether the rows that are rebuilt badly are the odd ones. No torch."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.data.base import Prepared
from core.errors import BadInput
from core.evaluation.ranking import Curve, precision_recall, roc


@dataclass(frozen=True)
class Rebuilt:
    """The validation rows, then the known anomalies: inputs and outputs (n, values) as the model sees them, scaled.

    `errors` (n,) is the mean squared error of each row, `distances` (n,) its mean square, which is its squared distance
    from the average training row where inputs are standardised; `apart` (n,) marks the known anomalies.
    """

    inputs: np.ndarray
    outputs: np.ndarray
    errors: np.ndarray
    distances: np.ndarray
    apart: np.ndarray

    @classmethod
    def of(cls, outputs: np.ndarray, data: Prepared) -> Rebuilt:
        """From the raw outputs (n, values) of a model for the validation rows and the known anomalies of `data`.

        Raises:
            BadInput: when there are not as many outputs as inputs, or one is not finite.
        """
        parts = [data.x_val] if data.x_apart is None else [data.x_val, data.x_apart]
        inputs = np.concatenate([part.reshape(len(part), -1) for part in parts]).astype(np.float64)
        if outputs.shape != inputs.shape:
            raise BadInput(
                f"The model put out {outputs.shape} for inputs of {inputs.shape}: the data have changed since it was trained; "
                "start a new run."
            )
        if not np.isfinite(outputs).all():
            bad = int((~np.isfinite(outputs)).any(axis=1).sum())
            raise BadInput(
                f"At this checkpoint the model's outputs are not finite numbers for {bad} of {len(outputs)} rows; choose an earlier one."
            )
        exact = outputs.astype(np.float64)
        errors = np.square(exact - inputs).mean(axis=1)
        return cls(inputs, exact, errors, np.square(inputs).mean(axis=1), np.arange(len(inputs)) >= len(data.x_val))

    @property
    def r2(self) -> float:
        """Of the usual rows: 1 - squared errors over those of the mean row. NaN where all rows are the same."""
        return explained(self.inputs[~self.apart], self.outputs[~self.apart])

    @property
    def found(self) -> tuple[Curve, Curve, Curve] | None:
        """How well the error tells the known anomalies from the usual rows: ROC, precision-recall; and the ROC of the plain
        distance. None without known anomalies."""
        curves = (
            roc(self.errors, self.apart),
            precision_recall(self.errors, self.apart),
            roc(self.distances, self.apart),
        )
        return None if any(curve is None for curve in curves) else curves  # type: ignore[return-value]

    def worst(self) -> np.ndarray:
        """Rows, the worst rebuilt first."""
        return np.argsort(-self.errors, kind="stable")


def explained(inputs: np.ndarray, outputs: np.ndarray) -> float:
    """R2 of outputs (n, values) for inputs, each value against its own mean; NaN where nothing varies."""
    spread = float(np.square(inputs - inputs.mean(axis=0)).sum())
    return 1 - float(np.square(outputs - inputs).sum()) / spread if spread > 0 else float("nan")


def linear_code(data: Prepared, numbers: int) -> float:
    """R2 on the validation rows of principal components: the best that `numbers` numbers and straight lines can do.

    The components are those of the training rows (Pearson 1901).
    """
    train, val = (x.reshape(len(x), -1).astype(np.float64) for x in (data.x_train, data.x_val))
    centre = train.mean(axis=0)
    _, directions = np.linalg.eigh(np.cov(train, rowvar=False, bias=True).reshape(train.shape[1], -1))
    kept = directions[:, ::-1][:, :numbers]
    return explained(val, (val - centre) @ kept @ kept.T + centre)
