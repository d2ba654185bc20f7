"""The honest baseline: one linear layer, which is logistic regression for classes and least squares for numbers."""

from __future__ import annotations

import math

from torch import nn

from core.models.base import ModelInput
from core.models.parts.inputs import TokenMean


def make_linear(model_input: ModelInput, outputs: int, *, embedding: int = 32) -> nn.Sequential:
    """Build a linear model, `output`: images and series are flattened, of a text the mean embedding is read.

    Returns a module from (batch, ...) to (batch, outputs).
    """
    model = nn.Sequential()
    features = math.prod(model_input.shape)
    if model_input.kind == "text":
        model.add_module("embedding", TokenMean(model_input.vocabulary_size, embedding))
        features = embedding
    elif len(model_input.shape) > 1:
        model.add_module("flatten", nn.Flatten())
    model.add_module("output", nn.Linear(features, outputs))
    return model
