"""Recurrent networks (plain RNN, LSTM, GRU) over series, texts and the rows of images."""

from __future__ import annotations

from functools import partial

import torch
from torch import nn

from core.models.base import ModelInput
from core.models.parts.inputs import RowsAsTime


class RecurrentLayer(nn.Module):
    """One recurrent layer, one way or both ways, from (batch, time, features) to (batch, time, directions * hidden).

    The backward way reads each series from its own last valid step, not from the padding.
    """

    def __init__(self, make_cell: partial, features: int, hidden: int, bidirectional: bool, dropout: float) -> None:
        super().__init__()
        self.cell = make_cell(features, hidden, batch_first=True)
        self.reverse_cell = make_cell(features, hidden, batch_first=True) if bidirectional else None
        self.dropout = nn.Dropout(dropout) if dropout > 0 else None

    def forward(self, series: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
        """Return the hidden state after every step; `lengths` (batch,) counts the valid steps."""
        states = self.cell(series)[0]
        if self.reverse_cell is not None:
            backward = self.reverse_cell(reverse_valid_steps(series, lengths))[0]
            states = torch.cat([states, reverse_valid_steps(backward, lengths)], dim=2)
        return states if self.dropout is None else self.dropout(states)


class RecurrentNetwork(nn.Module):
    """Layers recurrent1, recurrent2, ..., then the pooled hidden state through the linear layer `output`."""

    def __init__(
        self,
        model_input: ModelInput,
        outputs: int,
        make_cell: partial,
        hidden: int,
        layers: int,
        bidirectional: bool,
        dropout: float,
        pooling: str,
        embedding: int,
    ) -> None:
        super().__init__()
        self.kind, self.pooling = model_input.kind, pooling
        self.hidden, self.bidirectional = hidden, bidirectional
        features = model_input.shape[-1]
        if self.kind == "text":
            self.embedding = nn.Embedding(model_input.vocabulary_size, embedding, padding_idx=0)
            features = embedding
        elif self.kind == "image":
            self.rows = RowsAsTime()
            features = model_input.shape[0] * model_input.shape[2]
        self.layer_names = [f"recurrent{layer}" for layer in range(1, layers + 1)]
        for name in self.layer_names:
            self.add_module(name, RecurrentLayer(make_cell, features, hidden, bidirectional, dropout))
            features = hidden * (2 if bidirectional else 1)
        self.output = nn.Linear(features, outputs)

    def forward(self, inputs: torch.Tensor, lengths: torch.Tensor | None = None) -> torch.Tensor:
        """Map (batch, time, features), token ids (batch, time) or images to (batch, outputs).

        `lengths` (batch,) are the valid steps of series, counted from `inputs` where not given.
        """
        if self.kind == "text":
            lengths = valid_lengths(inputs.unsqueeze(2))
            states = self.embedding(inputs)
        elif self.kind == "image":
            states = self.rows(inputs)
            lengths = torch.full((len(inputs),), states.shape[1], device=inputs.device)
        else:
            states, lengths = inputs, valid_lengths(inputs) if lengths is None else lengths
        for name in self.layer_names:
            states = getattr(self, name)(states, lengths)
        return self.output(self.pool(states, lengths))

    def pool(self, states: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
        """Reduce (batch, time, features) to (batch, features): the mean of the valid steps, or the last state.

        "last" takes the forward way after its last valid step and the backward way after the first step.
        """
        if self.pooling == "mean":
            steps = torch.arange(states.shape[1], device=states.device)
            valid = (steps < lengths.unsqueeze(1)).unsqueeze(2)
            return (states * valid).sum(dim=1) / lengths.unsqueeze(1)
        rows = torch.arange(len(states), device=states.device)
        last = states[rows, lengths - 1]
        if self.bidirectional:
            last = torch.cat([last[:, : self.hidden], states[:, 0, self.hidden :]], dim=1)
        return last


def valid_lengths(series: torch.Tensor) -> torch.Tensor:
    """Count the steps up to the last that is not all zero: (batch, time, features) to (batch,), each >= 1.

    Zeros within a series count as valid. A series of zeros only counts as whole: it can't be told from
    padding, and the all-zero baseline of an explanation must be read over its full length.
    """
    time = series.shape[1]
    positions = torch.arange(1, time + 1, device=series.device)
    lengths = ((series != 0).any(dim=2) * positions).amax(dim=1)
    return lengths.masked_fill(lengths == 0, time)


def reverse_valid_steps(series: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
    """Reverse the first `lengths` steps of each series (batch, time, features); leave the padding in place."""
    steps = torch.arange(series.shape[1], device=series.device)
    mirrored = lengths.unsqueeze(1) - 1 - steps
    order = torch.where(mirrored >= 0, mirrored, steps)
    return series.gather(1, order.unsqueeze(2).expand_as(series))


def make_rnn(
    model_input: ModelInput,
    outputs: int,
    *,
    hidden: int = 32,
    layers: int = 1,
    activation: str = "tanh",
    bidirectional: bool = False,
    dropout: float = 0.0,
    pooling: str = "last",
    embedding: int = 32,
) -> RecurrentNetwork:
    """Build a plain recurrent network (Elman 1990); its gradient over time vanishes or explodes most readily."""
    cell = partial(nn.RNN, nonlinearity=activation)
    return RecurrentNetwork(model_input, outputs, cell, hidden, layers, bidirectional, dropout, pooling, embedding)


def make_lstm(
    model_input: ModelInput,
    outputs: int,
    *,
    hidden: int = 32,
    layers: int = 1,
    bidirectional: bool = False,
    dropout: float = 0.0,
    pooling: str = "last",
    embedding: int = 32,
) -> RecurrentNetwork:
    """Build an LSTM (Hochreiter and Schmidhuber 1997)."""
    return RecurrentNetwork(
        model_input, outputs, partial(nn.LSTM), hidden, layers, bidirectional, dropout, pooling, embedding
    )


def make_gru(
    model_input: ModelInput,
    outputs: int,
    *,
    hidden: int = 32,
    layers: int = 1,
    bidirectional: bool = False,
    dropout: float = 0.0,
    pooling: str = "last",
    embedding: int = 32,
) -> RecurrentNetwork:
    """Build a GRU (Cho et al. 2014)."""
    return RecurrentNetwork(
        model_input, outputs, partial(nn.GRU), hidden, layers, bidirectional, dropout, pooling, embedding
    )
