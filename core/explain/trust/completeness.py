"""Do the attributions add up to what they explain, the output on the sample minus that on the baseline?"""

from __future__ import annotations

import numpy as np

from core.explain.base import overall_gap
from core.explain.trust.light import Check, percent

AMBER, WITHHELD = 0.02, 0.1


def completeness(attributions: np.ndarray, outputs: np.ndarray, base: np.ndarray, *, on_average: bool = False) -> Check:
    """Judge a method that promises to add up; arguments as of core.explain.base.relative_gap. `on_average`: over random draws only.

    The gap catches most silent faults of DeepLift-like methods. It says nothing of how the sum is shared out.
    """
    found = overall_gap(attributions, outputs, base)
    figures = {"gap": found, "n": float(len(attributions))}
    if not (np.isfinite(attributions).all() and np.isfinite(outputs).all() and np.isfinite(base).all()):
        said = "Some attributions or outputs are not finite numbers."
        return Check("completeness", "withheld", said, figures)
    if np.isnan(found):
        said = "The output is the same on the baseline as on the samples, so there is no change to explain; choose another baseline."
        return Check("completeness", "amber", said, figures)
    left = f"leave {percent(found)} of the change in output unexplained"
    if found > WITHHELD:
        why = "it drew too few samples; give it more" if on_average else "the method does not work on this model"
        said = f"The attributions should add up but {left}: {why}."
        return Check("completeness", "withheld", said, figures)
    if found > AMBER:
        return Check("completeness", "amber", f"The attributions {left}: do not read the small ones.", figures)
    return Check("completeness", "green", f"The attributions add up: they {left}.", figures)
