"""Do the attributions add up to what they explain, the output on the sample minus that on the baseline?"""

from __future__ import annotations

import numpy as np

from core.errors import BadInput
from core.explain.trust.light import Check, percent

AMBER, WITHHELD = 0.02, 0.1


def relative_gap(attributions: np.ndarray, outputs: np.ndarray, base: np.ndarray) -> float:
    """Median |sum of attributions - (output - base)| over median |output - base|, of n samples.

    `attributions` (n, ...), each group's value once; `outputs` and `base` (n,), the target output on the samples and on
    the baseline. NaN when a number is not finite or the output does not change at all.

    Raises:
        BadInput: when there is not one output for each row of attributions.
    """
    change = np.asarray(outputs, np.float64) - np.asarray(base, np.float64)
    if len(attributions) == 0 or change.shape != (len(attributions),):
        raise BadInput(
            f"Attributions of shape {np.shape(attributions)} do not fit outputs of shape {change.shape}; give one output a sample."
        )
    missing = np.asarray(attributions, np.float64).reshape(len(change), -1).sum(axis=1) - change
    scale = float(np.median(np.abs(change)))
    if not (np.isfinite(missing).all() and scale > 0):
        return float("nan")
    return float(np.median(np.abs(missing))) / scale


def completeness(attributions: np.ndarray, outputs: np.ndarray, base: np.ndarray) -> Check:
    """Judge a method that promises to add up; arguments as of `relative_gap`.

    The gap catches most silent faults of DeepLift-like methods. It says nothing of how the sum is shared out.
    """
    found = relative_gap(attributions, outputs, base)
    figures = {"gap": found, "n": float(len(attributions))}
    if not np.isfinite(attributions).all():
        return Check("completeness", "withheld", "Some attributions are not finite numbers.", figures)
    if np.isnan(found):
        said = "The output is the same on the baseline as on the samples, so there is no change to explain; choose another baseline."
        return Check("completeness", "amber", said, figures)
    left = f"leave {percent(found)} of the change in output unexplained"
    if found > WITHHELD:
        said = f"The attributions should add up but {left}: the method does not work on this model."
        return Check("completeness", "withheld", said, figures)
    if found > AMBER:
        return Check("completeness", "amber", f"The attributions {left}: do not read the small ones.", figures)
    return Check("completeness", "green", f"The attributions add up: they {left}.", figures)
