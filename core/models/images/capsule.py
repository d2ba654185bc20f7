"""Capsule network with dynamic routing: vectors that vote for the class they belong to (Sabour et al. 2017)."""

from __future__ import annotations

import math

import torch
from torch import nn

from core.models.base import ModelInput
from core.models.parts.activations import make_activation
from core.models.parts.grouped import GroupedLinear

SMALLEST_SQUARE = 1e-8


class PrimaryCapsules(nn.Module):
    """A convolution whose channels are read as capsules: short vectors of a length below 1."""

    def __init__(self, incoming: int, types: int, dimension: int) -> None:
        super().__init__()
        self.dimension = dimension
        self.conv = nn.Conv2d(incoming, types * dimension, 3, 2, padding=1)

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        """Map (batch, incoming, height, width) to capsules (batch, types * height / 2 * width / 2, dimension)."""
        vectors = self.conv(image).flatten(2).unflatten(1, (-1, self.dimension))
        return squash(vectors.transpose(2, 3).flatten(1, 2))


class ClassCapsules(GroupedLinear):
    """One capsule per class, by routing: capsules send more of their vote to the class that the others agree on.

    A vote is the lower capsule times a matrix of its own. It is shared out by a softmax over the classes; in each
    round the logits of that softmax grow by vote times class capsule, so agreement draws votes.
    """

    def __init__(self, capsules: int, inputs: int, classes: int, dimension: int, rounds: int) -> None:
        super().__init__(capsules, inputs, classes * dimension)
        self.classes, self.dimension, self.rounds = classes, dimension, rounds

    def forward(self, capsules: torch.Tensor) -> torch.Tensor:
        """Map capsules (batch, capsules, inputs) to logits (batch, classes), see `length_logits`."""
        return length_logits(self.route(capsules))

    def route(self, capsules: torch.Tensor) -> torch.Tensor:
        """Return the class capsules before they are squashed, (batch, classes, dimension)."""
        votes = super().forward(capsules).unflatten(2, (self.classes, self.dimension)).transpose(1, 2)
        agreement = torch.zeros(votes.shape[:3], dtype=votes.dtype, device=votes.device)
        for turn in range(1, self.rounds + 1):
            shares = agreement.softmax(dim=1)  # over the classes
            gathered = torch.matmul(shares.unsqueeze(2), votes).squeeze(2)
            if turn < self.rounds:
                agreement = agreement + torch.matmul(votes, squash(gathered).unsqueeze(3)).squeeze(3)
        return gathered


def squash(vectors: torch.Tensor) -> torch.Tensor:
    """Shorten each vector s along the last axis to the length |s|^2 / (1 + |s|^2), its direction kept."""
    square = vectors.square().sum(dim=-1, keepdim=True)
    return vectors * (square / (1 + square) / torch.sqrt(square + SMALLEST_SQUARE))


def length_logits(gathered: torch.Tensor) -> torch.Tensor:
    """Turn class capsules s before squashing, (batch, classes, dimension), into logits log |s|^2, (batch, classes).

    A squashed capsule is as long as its class is present: p = |s|^2 / (1 + |s|^2). So log |s|^2 = log(p / (1 - p)) is
    the logit of that length: sigmoid(logit) gives the length back, softmax(logits) shares out 1 by |s|^2.
    """
    return torch.log(gathered.square().sum(dim=-1) + SMALLEST_SQUARE)


def make_capsule(
    model_input: ModelInput,
    outputs: int,
    *,
    channels: int = 32,
    stride: int = 2,
    types: int = 8,
    dimension: int = 8,
    class_dimension: int = 16,
    rounds: int = 3,
    activation: str = "relu",
) -> nn.Sequential:
    """Build a capsule network: convolution `stem`, capsules `primary`, and routing to one capsule per class, `output`.

    The image is divided by `stride`, then by 2. Gradients go through all rounds of the routing.
    Returns a module from (batch, channels, height, width) to (batch, outputs).
    """
    model, stem = nn.Sequential(), nn.Sequential()
    stem.add_module("conv", nn.Conv2d(model_input.shape[0], channels, 5, stride, padding=2))
    stem.add_module("activation", make_activation(activation))
    model.add_module("stem", stem)
    model.add_module("primary", PrimaryCapsules(channels, types, dimension))
    positions = 1
    for size in model_input.shape[1:]:
        positions *= math.ceil(math.ceil(size / stride) / 2)
    model.add_module("output", ClassCapsules(types * positions, dimension, outputs, class_dimension, rounds))
    return model
