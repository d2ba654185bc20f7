"""How many outputs an architecture is asked for in tests."""

from __future__ import annotations

import math

from core.models.base import ModelInput
from core.models.catalogue import ARCHITECTURES


def outputs_of(key: str, model_input: ModelInput, wanted: int) -> int:
    """`wanted`, or every value of the input for a network that only rebuilds it."""
    return math.prod(model_input.shape) if ARCHITECTURES[key].tasks == ("reconstruction",) else wanted
