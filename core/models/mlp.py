"""Multilayer perceptron: dense hidden layers with norm, activation, dropout and residual connections."""

from __future__ import annotations

import math

import torch
from torch import nn

from core.models.base import ModelInput
from core.models.parts.activation_table import activation_pieces, layer_activations
from core.models.parts.activations import make_activation
from core.models.parts.dropout import add_dropout, make_linear_layer
from core.models.parts.inputs import NodeFeatures, TokenMean
from core.models.parts.norms import add_norm, takes_bias_away
from core.models.parts.residual import branch_end, drop_rate
from core.models.parts.weight_norms import normalise_weight


class DenseBlock(nn.Sequential):
    """One hidden layer: linear, norm, activation, dropout; with `skip` its input is added to its output.

    `place` after puts the norm behind the activation. `end` is what the output passes before that sum, if anything.
    """

    def __init__(
        self,
        inputs: int,
        width: int,
        activation: str,
        norm: str,
        place: str,
        dropout: float,
        kind: str,
        skip: bool,
        end: nn.Sequential | None,
    ) -> None:
        super().__init__()
        self.skip = skip
        bias = place == "after" or not takes_bias_away(norm)
        wide = width * activation_pieces(activation)
        self.add_module("linear", normalise_weight(make_linear_layer(inputs, wide, bias, kind, dropout), norm))
        if place == "before":
            add_norm(self, norm, wide, 0)
        self.add_module("activation", make_activation(activation))
        if place == "after":
            add_norm(self, norm, width, 0)
        add_dropout(self, kind, dropout, 0)
        for name, module in end.named_children() if end is not None else ():
            self.add_module(name, module)

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        """Map (batch, inputs) to (batch, width)."""
        transformed = super().forward(features)
        return features + transformed if self.skip else transformed

    def branches(self) -> tuple[tuple[nn.Module, ...], ...]:
        """The layers of the branch beside the shortcut that scale it, from first to last, if there is a shortcut."""
        norm = (self.norm,) if hasattr(self, "norm") else ()
        return ((self.linear, *norm),) if self.skip else ()


def make_mlp(
    model_input: ModelInput,
    outputs: int,
    *,
    depth: int = 3,
    width: int = 64,
    activation: str = "relu",
    norm: str = "none",
    norm_place: str = "before",
    dropout: float = 0.0,
    dropout_kind: str = "unit",
    skip: bool = False,
    residual_scale: float = 1.0,
    learn_residual_scale: bool = False,
    stochastic_depth: float = 0.0,
    embedding: int = 32,
    activations: str | None = None,
) -> nn.Sequential:
    """Build an MLP with `depth` hidden layers named hidden1, hidden2, ... and a last linear layer `output`.

    Images and sequences are flattened; of a text, the mean embedding is read, of a node its features. A linear
    layer before batch norm has no bias, since the norm would take it away. `skip` connects around hidden2 and all after it, whose
    input and output are both `width` wide; never around hidden1. `residual_scale` and `stochastic_depth` act on what
    these add to their input, see core.models.parts.residual. `activations` names one activation for each hidden layer,
    separated by commas; empty means `activation` for all.
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
    for layer, name in enumerate(layer_activations(activation, activations, depth), start=1):
        around = skip and layer > 1
        rate = drop_rate(layer - 1, max(depth - 1, 1), stochastic_depth)
        end = branch_end(residual_scale, learn_residual_scale, rate) if around else None
        block = DenseBlock(features, width, name, norm, norm_place, dropout, dropout_kind, around, end)
        model.add_module(f"hidden{layer}", block)
        features = width
    model.add_module("output", nn.Linear(features, outputs))
    return model
