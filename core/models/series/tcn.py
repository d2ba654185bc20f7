"""Temporal convolutional network: causal convolutions whose reach doubles with every block."""

from __future__ import annotations

import torch
from torch import nn

from core.models.base import ModelInput
from core.models.parts.activations import make_activation
from core.models.parts.inputs import ChannelsFirst
from core.models.parts.norms import make_norm
from core.models.series.reader import SeriesNetwork, pool_steps


class CausalConvolution(nn.Conv1d):
    """1-d convolution over this step and earlier ones only, `dilation` steps apart; zeros stand before the first."""

    def forward(self, series: torch.Tensor) -> torch.Tensor:
        """Map (batch, incoming, time) to (batch, channels, time)."""
        before = (self.kernel_size[0] - 1) * self.dilation[0]
        return super().forward(nn.functional.pad(series, (before, 0)))


class TemporalBlock(nn.Module):
    """Two causal convolutions of one dilation and a shortcut around them (Bai, Kolter and Koltun 2018)."""

    def __init__(
        self, incoming: int, channels: int, kernel: int, dilation: int, activation: str, norm: str, dropout: float
    ) -> None:
        super().__init__()
        bias = norm != "batch"
        self.conv1 = CausalConvolution(incoming, channels, kernel, dilation=dilation, bias=bias)
        self.norm1 = make_norm(norm, channels, 1)
        self.activation1 = make_activation(activation)
        self.dropout1 = nn.Dropout(dropout)
        self.conv2 = CausalConvolution(channels, channels, kernel, dilation=dilation, bias=bias)
        self.norm2 = make_norm(norm, channels, 1)
        self.activation2 = make_activation(activation)
        self.dropout2 = nn.Dropout(dropout)
        self.shortcut = nn.Conv1d(incoming, channels, 1) if incoming != channels else nn.Identity()
        self.activation3 = make_activation(activation)

    def forward(self, series: torch.Tensor) -> torch.Tensor:
        """Map (batch, incoming, time) to (batch, channels, time)."""
        residual = self.dropout1(self.activation1(self.norm1(self.conv1(series))))
        residual = self.dropout2(self.activation2(self.norm2(self.conv2(residual))))
        return self.activation3(self.shortcut(series) + residual)


class TemporalConvolutionalNetwork(SeriesNetwork):
    """Blocks block1, block2, ... of dilation 1, 2, 4, ..., one step or the mean of all, and `output`.

    No step sees a later one, so padding at the end changes nothing.
    """

    def __init__(
        self,
        model_input: ModelInput,
        outputs: int,
        channels: int,
        blocks: int,
        kernel: int,
        activation: str,
        norm: str,
        dropout: float,
        pooling: str,
        embedding: int,
    ) -> None:
        super().__init__(model_input, embedding)
        self.pooling = pooling
        self.channels_first = ChannelsFirst()
        incoming = self.features
        self.block_names = [f"block{number}" for number in range(1, blocks + 1)]
        for index, name in enumerate(self.block_names):
            self.add_module(name, TemporalBlock(incoming, channels, kernel, 2**index, activation, norm, dropout))
            incoming = channels
        self.steps_first = ChannelsFirst()
        self.output = nn.Linear(channels, outputs)

    def forward(self, inputs: torch.Tensor, lengths: torch.Tensor | None = None) -> torch.Tensor:
        """Map (batch, time, features), token ids (batch, time) or images to (batch, outputs)."""
        steps, lengths = self.read(inputs, lengths)
        series = self.channels_first(steps)
        for name in self.block_names:
            series = getattr(self, name)(series)
        return self.output(pool_steps(self.steps_first(series), lengths, self.pooling))


def make_tcn(
    model_input: ModelInput,
    outputs: int,
    *,
    channels: int = 24,
    blocks: int = 4,
    kernel: int = 3,
    activation: str = "relu",
    norm: str = "none",
    dropout: float = 0.0,
    pooling: str = "last",
    embedding: int = 32,
) -> TemporalConvolutionalNetwork:
    """Build a temporal convolutional network (Bai, Kolter and Koltun 2018).

    The last step sees 1 + 2 (kernel - 1) (2^blocks - 1) steps: 61 with the defaults. Norm is none or batch: the
    others would mix statistics over time, padding and future included.
    """
    return TemporalConvolutionalNetwork(
        model_input, outputs, channels, blocks, kernel, activation, norm, dropout, pooling, embedding
    )
