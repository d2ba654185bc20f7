"""LSTM whose steps are summed up by additive attention: what it looks at can be read off."""

from __future__ import annotations

import math
from functools import partial

import torch
from torch import nn

from core.models.base import ModelInput
from core.models.recurrent import RecurrentLayer
from core.models.series.reader import SeriesNetwork, valid_steps


class StepShares(nn.Module):
    """Softmax of scores (batch, time) over the valid steps of each row; padding gets 0."""

    def forward(self, scores: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
        """Return shares (batch, time) that sum to 1."""
        valid = valid_steps(scores.shape[1], lengths)
        return scores.masked_fill(~valid, -math.inf).softmax(dim=1)


class AdditiveAttention(nn.Module):
    """Weigh each step h_t by softmax(v . tanh(W h_t + b)) and add them up (Bahdanau et al. 2015; Yang et al. 2016).

    The output of the module `shares` is the weight of each step.
    """

    def __init__(self, features: int, width: int) -> None:
        super().__init__()
        self.project = nn.Linear(features, width)
        self.activation = nn.Tanh()
        self.score = nn.Linear(width, 1, bias=False)
        self.shares = StepShares()

    def forward(self, states: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
        """Reduce (batch, time, features) to (batch, features); `lengths` (batch,) counts the valid steps."""
        scores = self.score(self.activation(self.project(states))).squeeze(2)
        return torch.bmm(self.shares(scores, lengths).unsqueeze(1), states).squeeze(1)


class AttentiveNetwork(SeriesNetwork):
    """Layers recurrent1, recurrent2, ..., the weighted mean of their last one by `attention`, and `output`."""

    def __init__(
        self,
        model_input: ModelInput,
        outputs: int,
        hidden: int,
        layers: int,
        bidirectional: bool,
        dropout: float,
        attention: int,
        embedding: int,
    ) -> None:
        super().__init__(model_input, embedding)
        features = self.features
        self.layer_names = [f"recurrent{layer}" for layer in range(1, layers + 1)]
        for name in self.layer_names:
            self.add_module(name, RecurrentLayer(partial(nn.LSTM), features, hidden, bidirectional, dropout))
            features = hidden * (2 if bidirectional else 1)
        self.attention = AdditiveAttention(features, attention)
        self.output = nn.Linear(features, outputs)

    def forward(self, inputs: torch.Tensor, lengths: torch.Tensor | None = None) -> torch.Tensor:
        """Map (batch, time, features), token ids (batch, time) or images to (batch, outputs)."""
        states, lengths = self.read(inputs, lengths)
        for name in self.layer_names:
            states = getattr(self, name)(states, lengths)
        return self.output(self.attention(states, lengths))


def make_lstm_attention(
    model_input: ModelInput,
    outputs: int,
    *,
    hidden: int = 32,
    layers: int = 1,
    bidirectional: bool = True,
    dropout: float = 0.0,
    attention: int = 32,
    embedding: int = 32,
) -> AttentiveNetwork:
    """Build an LSTM with additive attention over its steps (Yang et al. 2016)."""
    return AttentiveNetwork(model_input, outputs, hidden, layers, bidirectional, dropout, attention, embedding)
