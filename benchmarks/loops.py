"""The four training loops overhead is measured on, from very short steps to large ones."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import nn


class TransformerClassifier(nn.Module):
    """Four encoder layers of width 128 over 32 tokens, mean pooling."""

    def __init__(self) -> None:
        super().__init__()
        self.embedding = nn.Embedding(100, 128)
        layer = nn.TransformerEncoderLayer(128, 4, 256, dropout=0.0, batch_first=True)
        self.encoder = nn.TransformerEncoder(layer, 4, enable_nested_tensor=False)
        self.output = nn.Linear(128, 10)

    def forward(self, tokens: torch.Tensor) -> torch.Tensor:
        """(batch, 32) token ids to (batch, 10) logits."""
        return self.output(self.encoder(self.embedding(tokens)).mean(dim=1))


def mlp(widths: list[int]) -> nn.Sequential:
    """Linear and ReLU layers of these widths."""
    model = nn.Sequential()
    for inputs, outputs in itertools.pairwise(widths[:-1]):
        model.append(nn.Sequential())
        model[-1].add_module("linear", nn.Linear(inputs, outputs))
        model[-1].add_module("activation", nn.ReLU())
    model.append(nn.Linear(widths[-2], widths[-1]))
    return model


def small_cnn() -> nn.Sequential:
    """Three convolutions and two dense layers, about 100,000 parameters, for 1x28x28 images."""
    return nn.Sequential(
        nn.Conv2d(1, 16, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(16, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(32, 64, 3, padding=1), nn.ReLU(), nn.AdaptiveAvgPool2d(4),
        nn.Flatten(), nn.Linear(1024, 72), nn.ReLU(), nn.Linear(72, 10),
    )  # fmt: skip


@dataclass(frozen=True)
class Loop:
    """A model with a batch to train it on; `segment` steps make one timed segment."""

    key: str
    label: str
    model: Callable[[], nn.Module]
    inputs: Callable[[], torch.Tensor]
    segment: int


LOOPS = (
    Loop("A", "8-layer MLP 64-128-10, batch 64", lambda: mlp([64, *[128] * 8, 10]), lambda: torch.randn(64, 64), 60),
    Loop("B", "CNN, 100k parameters, batch 64", small_cnn, lambda: torch.randn(64, 1, 28, 28), 8),
    Loop(
        "C", "4-layer transformer d=128, batch 16", TransformerClassifier, lambda: torch.randint(0, 100, (16, 32)), 12
    ),
    Loop("D", "10M-parameter MLP, batch 128", lambda: mlp([512, *[1536] * 5, 10]), lambda: torch.randn(128, 512), 2),
)
