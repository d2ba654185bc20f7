"""Multilayer perceptron: dense hidden layers with norm, activation, dropout and residual connections."""

from __future__ import annotations

import math

import torch
from torch import nn

from core.models.base import ModelInput
from core.models.parts.activations import make_activation
from core.models.parts.inputs import NodeFeatures, TokenMean
from core.models.parts.norms import make_norm


class DenseBlock(nn.Sequential):
    """One hidden layer: linear, norm, activation, dropout; with `skip` its input is added to its output."""

    def __init__(self, inputs: int, width: int, activation: str, norm: str, dropout: float, skip: bool) -> None:
        super().__init__()
        self.skip = skip
        self.add_module("linear", nn.Linear(inputs, width, bias=norm != "batch"))
        if norm != "none":
            self.add_module("norm", make_norm(norm, width, 0))
        self.add_module("activation", make_activation(activation))
        if dropout > 0:
            self.add_module("dropout", nn.Dropout(dropout))

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        """Map (batch, inputs) to (batch, width)."""
        transformed = super().forward(features)
        return features + transformed if self.skip else transformed


def make_mlp(
    model_input: ModelInput,
    outputs: int,
    *,
    depth: int = 3,
    width: int = 64,
    activation: str = "relu",
    norm: str = "none",
    dropout: float = 0.0,
    skip: bool = False,
    embedding: int = 32,
) -> nn.Sequential:
    """Build an MLP with `depth` hidden layers named hidden1, hidden2, ... and a last linear layer `output`.

    Images and sequences are flattened; of a text, the mean embedding is read, of a node its features. A linear layer before batch
    norm has no bias, since the norm would take it away. `skip` connects around hidden2 and all after it, whose
    input and output are both `width` wide; never around hidden1.
    Returns a module from (batch, ...) to (batch, outputs).
    """
    model = nn.Sequential()
    features = math.prod(model_input.shape)
    if model_input.kind == "text":
        model.add_module("embedding", TokenMean(model_input.vocabulary_size, embedding))
        features = embedding
    elif model_input.graph is not None:
        model.add_module("nodes", NodeFeatures(model_input.graph.features))
        features = model_input.graph.features.shape[1]
    elif len(model_input.shape) > 1:
        model.add_module("flatten", nn.Flatten())
    for layer in range(1, depth + 1):
        block = DenseBlock(features, width, activation, norm, dropout, skip and layer > 1)
        model.add_module(f"hidden{layer}", block)
        features = width
    model.add_module("output", nn.Linear(features, outputs))
    return model
