"""Convolutions, then a recurrent layer over what is left of the time axis or of the rows of an image."""

from __future__ import annotations

import torch
from torch import nn

from core.models.base import ModelInput
from core.models.cnn import make_convolution_block
from core.models.parts.inputs import ChannelsFirst, RowsAsTime
from core.models.recurrent import RecurrentLayer, valid_lengths
from core.models.series.reader import valid_steps

CELLS = {"gru": nn.GRU, "lstm": nn.LSTM, "rnn": nn.RNN}


class ConvolutionalRecurrentNetwork(nn.Module):
    """Blocks hidden1, hidden2, ..., then `recurrent1` over the steps that pooling leaves, and `output`.

    Padding at the end of a series or text is set to zero before every block and after the last, and a pooling window that it reaches into
    counts as padding, so it never changes the output.
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
        pooling: str,
        cell: str,
        hidden: int,
        bidirectional: bool,
        dropout: float,
        embedding: int,
    ) -> None:
        super().__init__()
        self.kind, self.hidden, self.bidirectional = model_input.kind, hidden, bidirectional
        self.halves = pooling != "none"
        image = self.kind == "image"
        incoming = model_input.shape[0] if image else model_input.shape[-1]
        if self.kind == "text":
            self.embedding = nn.Embedding(model_input.vocabulary_size, embedding, padding_idx=0)
            incoming = embedding
        if not image:
            self.channels_first = ChannelsFirst()
        self.block_names = [f"hidden{number}" for number in range(1, blocks + 1)]
        pool = pooling if self.halves else ""
        for name in self.block_names:
            axes = 2 if image else 1
            block = make_convolution_block(
                incoming, channels, kernel, activation, norm, "before", 0.0, "unit", pool, axes
            )
            self.add_module(name, block)
            incoming = channels
        if image:
            self.steps_first: nn.Module = RowsAsTime()
            incoming *= model_input.shape[2] >> (blocks if self.halves else 0)
        else:
            self.steps_first = ChannelsFirst()
        self.recurrent1 = RecurrentLayer(CELLS[cell], incoming, hidden, bidirectional, dropout)
        self.output = nn.Linear(hidden * (2 if bidirectional else 1), outputs)

    def forward(self, inputs: torch.Tensor, lengths: torch.Tensor | None = None) -> torch.Tensor:
        """Map (batch, time, features), token ids (batch, time) or images to (batch, outputs).

        `lengths` (batch,) are the valid steps of series, counted from `inputs` where not given.
        """
        if self.kind == "image":
            features = inputs
        elif self.kind == "text":
            lengths = valid_lengths(inputs.unsqueeze(2))
            features = self.channels_first(self.embedding(inputs))
        else:
            lengths = valid_lengths(inputs) if lengths is None else lengths
            features = self.channels_first(inputs)
        if lengths is not None:
            features = features * valid_steps(features.shape[2], lengths).unsqueeze(1)
        for name in self.block_names:
            features = getattr(self, name)(features)
            if lengths is not None:
                lengths = (lengths // 2).clamp(min=1) if self.halves else lengths
                features = features * valid_steps(features.shape[2], lengths).unsqueeze(1)
        steps = self.steps_first(features)
        if lengths is None:
            lengths = torch.full((len(steps),), steps.shape[1], device=steps.device)
        states = self.recurrent1(steps, lengths)
        last = states[torch.arange(len(states), device=states.device), lengths - 1]
        if self.bidirectional:
            last = torch.cat([last[:, : self.hidden], states[:, 0, self.hidden :]], dim=1)
        return self.output(last)


def make_cnn_rnn(
    model_input: ModelInput,
    outputs: int,
    *,
    channels: int = 16,
    blocks: int = 1,
    kernel: int = 3,
    activation: str = "relu",
    norm: str = "batch",
    pooling: str = "max",
    cell: str = "gru",
    hidden: int = 32,
    bidirectional: bool = False,
    dropout: float = 0.0,
    embedding: int = 32,
) -> ConvolutionalRecurrentNetwork:
    """Build a convolutional recurrent network (Shi, Bai and Yao 2017); the last state, both ways, gives the outputs."""
    return ConvolutionalRecurrentNetwork(
        model_input,
        outputs,
        channels,
        blocks,
        kernel,
        activation,
        norm,
        pooling,
        cell,
        hidden,
        bidirectional,
        dropout,
        embedding,
    )
