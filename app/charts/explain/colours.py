"""The colours of explanations, defined once: a push up, a push down, and the value of a feature from low to high.

Orange and blue stay apart for every common kind of colour vision, have the same luminance, so that equal pushes look
equally strong, and a contrast of more than 3 to 1 with the light and the dark page. Values of features have a scale of
their own: a low value and a push down are different things.
"""

from __future__ import annotations

import numpy as np

from app.theme import SERIES, TRAINING

POSITIVE, NEGATIVE = "#d55e00", "#3b82c4"
UP, DOWN = "raises", "lowers"
QUIET = SERIES[-1]
CLEAR = "rgba(0,0,0,0)"
GRID = "rgba(127,146,151,0.28)"

Scale = list[list[object]]


def faded(colour: str, alpha: float) -> str:
    """The colour "#rrggbb" with an opacity of 0 to 1, as CSS and Plotly read it."""
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red},{green},{blue},{alpha:.3g})"


# Zero is the page itself, whichever scheme it has.
DIVERGING: Scale = [[0, NEGATIVE], [0.5, faded(NEGATIVE, 0)], [0.5, faded(POSITIVE, 0)], [1, POSITIVE]]
AMOUNT: Scale = [[0, faded(TRAINING, 0.04)], [1, TRAINING]]
LOW_TO_HIGH: Scale = [[0, "#7a4fc9"], [0.5, "#c2588f"], [1, "#c4861a"]]


def of_sign(values: np.ndarray) -> list[str]:
    """The colour of each value: orange from 0 up, as shap has it, blue below, grey where it is not a number."""
    return [QUIET if not np.isfinite(value) else POSITIVE if value >= 0 else NEGATIVE for value in values]


def limit_of(values: np.ndarray) -> float:
    """The end of a colour scale that is symmetric around 0: the largest finite |value|, or 1 where all are 0."""
    return float(np.abs(values[np.isfinite(values)]).max(initial=0.0)) or 1.0
