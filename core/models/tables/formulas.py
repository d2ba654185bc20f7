"""How many parameters a network for tables has. No torch."""

from __future__ import annotations

import math

from core.models.base import ModelInput


def size_linear(model_input: ModelInput, outputs: int, *, embedding: int, **_: object) -> int:
    """Count the parameters of a linear model."""
    if model_input.kind == "text":
        return model_input.vocabulary_size * embedding + (embedding + 1) * outputs
    return (math.prod(model_input.shape) + 1) * outputs


def size_deep_cross(
    model_input: ModelInput, outputs: int, *, crosses: int, depth: int, width: int, structure: str, **_: object
) -> int:
    """Count the parameters of a deep & cross network."""
    features = model_input.shape[0]
    total, wide = crosses * (features + 1) * features, features
    for _layer in range(depth):
        total += (wide + 1) * width
        wide = width
    return total + ((wide if structure == "stacked" else features + wide) + 1) * outputs
