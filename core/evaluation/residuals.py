"""How far a regression is off, and to which side."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.evaluation.predictions import Predictions


@dataclass(frozen=True)
class Residuals:
    """`values` (n,): output minus target, in the target's units, and figures of them.

    `bias` is their mean with its standard error; `r2` is 1 - their squares over those of the target around its mean (NaN
    where the target is constant).
    """

    values: np.ndarray
    mae: float
    rmse: float
    r2: float
    bias: float
    bias_error: float


def residuals(found: Predictions) -> Residuals:
    """The residuals of a regression's predictions."""
    values = found.outputs[:, 0] - found.targets
    spread = float(np.sum((found.targets - found.targets.mean()) ** 2))
    return Residuals(
        values=values,
        mae=float(np.abs(values).mean()),
        rmse=float(np.sqrt(np.mean(values**2))),
        r2=1 - float(np.sum(values**2)) / spread if spread > 0 else float("nan"),
        bias=float(values.mean()),
        bias_error=float(values.std(ddof=1) / np.sqrt(len(values))) if len(values) > 1 else float("nan"),
    )
