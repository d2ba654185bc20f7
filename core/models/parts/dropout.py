"""Dropout of single values, of whole channels, and of weights."""

from __future__ import annotations

import torch
from torch import nn


class DropConnect:
    """A layer whose weights are dropped in training (Wan et al. 2013): each is 0 with `probability`, else times 1 / (1 - p).

    One mask is drawn for each pass, for all rows of the batch; the paper draws one for each row.
    """

    probability: float


class DropConnectLinear(DropConnect, nn.Linear):
    """A dense layer with DropConnect."""

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        """Map (..., inputs) to (..., outputs)."""
        return nn.functional.linear(
            input, nn.functional.dropout(self.weight, self.probability, self.training), self.bias
        )


class DropConnectConv1d(DropConnect, nn.Conv1d):
    """A convolution over time with DropConnect."""

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        """Map (batch, channels, time) to the same with other channels."""
        weight = nn.functional.dropout(self.weight, self.probability, self.training)
        return self._conv_forward(input, weight, self.bias)


class DropConnectConv2d(DropConnect, nn.Conv2d):
    """A convolution over an image with DropConnect."""

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        """Map (batch, channels, height, width) to the same with other channels."""
        weight = nn.functional.dropout(self.weight, self.probability, self.training)
        return self._conv_forward(input, weight, self.bias)


def make_linear_layer(inputs: int, outputs: int, bias: bool, kind: str, dropout: float) -> nn.Linear:
    """A dense layer, with DropConnect where `kind` is dropconnect and `dropout` above 0."""
    if kind != "dropconnect" or dropout == 0:
        return nn.Linear(inputs, outputs, bias=bias)
    layer = DropConnectLinear(inputs, outputs, bias=bias)
    layer.probability = dropout
    return layer


def make_convolution(
    incoming: int, channels: int, kernel: int, axes: int, bias: bool, kind: str, dropout: float
) -> nn.Conv1d | nn.Conv2d:
    """A convolution that keeps the size, over time (`axes` 1) or an image (2), with DropConnect as `make_linear_layer`."""
    if kind != "dropconnect" or dropout == 0:
        plain = nn.Conv2d if axes == 2 else nn.Conv1d
        return plain(incoming, channels, kernel, padding=kernel // 2, bias=bias)
    layer = (DropConnectConv2d if axes == 2 else DropConnectConv1d)(
        incoming, channels, kernel, padding=kernel // 2, bias=bias
    )
    layer.probability = dropout
    return layer


def add_dropout(block: nn.Sequential, kind: str, dropout: float, axes: int) -> None:
    """Append dropout to `block` as "dropout", where there is any: of units, or of whole channels (spatial)."""
    if dropout == 0 or kind == "dropconnect":
        return
    spatial = nn.Dropout2d if axes == 2 else nn.Dropout1d
    block.add_module("dropout", spatial(dropout) if kind == "spatial" else nn.Dropout(dropout))
