"""Transformer encoder over series, texts and the rows of images, with the norm before or after each part."""

from __future__ import annotations

import math

import torch
from torch import nn

from core.models.base import ModelInput
from core.models.parts.activations import make_activation
from core.models.parts.inputs import RowsAsTime
from core.models.parts.norms import make_norm
from core.models.parts.residual import branch_end, drop_rate
from core.models.recurrent import valid_lengths


class SelfAttention(nn.Module):
    """Multi-head scaled dot-product attention (Vaswani et al. 2017); padding is never attended to."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.query = nn.Linear(width, width)
        self.key = nn.Linear(width, width, bias=False)  # one would add the same to all scores, which softmax ignores
        self.value = nn.Linear(width, width)
        self.join = nn.Linear(width, width)

    def forward(self, states: torch.Tensor, valid: torch.Tensor) -> torch.Tensor:
        """Map (batch, time, width) to the same shape; `valid` (batch, time) says which steps are no padding."""
        query, key, value = (
            layer(states).unflatten(2, (self.heads, -1)).transpose(1, 2) for layer in (self.query, self.key, self.value)
        )
        scores = query @ key.transpose(2, 3) / math.sqrt(query.shape[-1])
        shares = scores.masked_fill(~valid[:, None, None, :], -math.inf).softmax(dim=3)
        return self.join((shares @ value).transpose(1, 2).flatten(2))


class EncoderBlock(nn.Module):
    """Attention, then a feed-forward part, each with a shortcut around it and a norm before or after it, or none.

    `ends` are what the two parts pass before they are added, if anything.
    """

    def __init__(
        self,
        width: int,
        heads: int,
        expansion: int,
        activation: str,
        dropout: float,
        norm: str,
        norm_place: str,
        ends: tuple[nn.Sequential | None, nn.Sequential | None],
    ) -> None:
        super().__init__()
        self.norm_first = norm_place == "before"
        norm = "none" if norm_place == "none" else norm
        self.attention_norm = make_norm(norm, width, 0)
        self.attention = SelfAttention(width, heads)
        self.attention_dropout = nn.Dropout(dropout)
        self.attention_end = ends[0]
        self.feed_norm = make_norm(norm, width, 0)
        self.expand = nn.Linear(width, expansion * width)
        self.activation = make_activation(activation)
        self.contract = nn.Linear(expansion * width, width)
        self.feed_dropout = nn.Dropout(dropout)
        self.feed_end = ends[1]

    def forward(self, states: torch.Tensor, valid: torch.Tensor) -> torch.Tensor:
        """Map (batch, time, width) to the same shape."""
        if self.norm_first:
            states = states + self.attend(self.attention_norm(states), valid)
            return states + self.feed(self.feed_norm(states))
        states = self.attention_norm(states + self.attend(states, valid))
        return self.feed_norm(states + self.feed(states))

    def attend(self, states: torch.Tensor, valid: torch.Tensor) -> torch.Tensor:
        """The branch of attention."""
        branch = self.attention_dropout(self.attention(states, valid))
        return branch if self.attention_end is None else self.attention_end(branch)

    def feed(self, states: torch.Tensor) -> torch.Tensor:
        """The feed-forward branch."""
        branch = self.feed_dropout(self.contract(self.activation(self.expand(states))))
        return branch if self.feed_end is None else self.feed_end(branch)

    def branches(self) -> tuple[tuple[nn.Module, ...], ...]:
        """The layers of each branch beside a shortcut that scale it, from first to last: attention, then feed-forward."""
        return (self.attention.value, self.attention.join), (self.expand, self.contract)


class TransformerEncoder(nn.Module):
    """Embedding with sinusoidal positions, blocks block1, block2, ..., the mean over valid steps, and `output`."""

    def __init__(
        self,
        model_input: ModelInput,
        outputs: int,
        width: int,
        heads: int,
        blocks: int,
        expansion: int,
        activation: str,
        dropout: float,
        norm: str,
        norm_place: str,
        residual_scale: float,
        learn_residual_scale: bool,
        stochastic_depth: float,
    ) -> None:
        super().__init__()
        self.kind, self.width = model_input.kind, width
        if self.kind == "text":
            self.embedding = nn.Embedding(model_input.vocabulary_size, width, padding_idx=0)
        else:
            if self.kind == "image":
                self.rows = RowsAsTime()
            features = model_input.shape[0] * model_input.shape[2] if self.kind == "image" else model_input.shape[-1]
            self.embed = nn.Linear(features, width)
        self.block_names = [f"block{number}" for number in range(1, blocks + 1)]
        for number, name in enumerate(self.block_names, start=1):
            rate = drop_rate(number, blocks, stochastic_depth)
            ends = (
                branch_end(residual_scale, learn_residual_scale, rate),
                branch_end(residual_scale, learn_residual_scale, rate),
            )
            block = EncoderBlock(width, heads, expansion, activation, dropout, norm, norm_place, ends)
            self.add_module(name, block)
        self.last_norm = make_norm(norm, width, 0) if norm_place == "before" else None
        self.output = nn.Linear(width, outputs)

    def forward(self, inputs: torch.Tensor, lengths: torch.Tensor | None = None) -> torch.Tensor:
        """Map (batch, time, features), token ids (batch, time) or images to (batch, outputs).

        `lengths` (batch,) are the valid steps of series, counted from `inputs` where not given.
        """
        if self.kind == "text":
            lengths = valid_lengths(inputs.unsqueeze(2))
            states = self.embedding(inputs) * math.sqrt(self.width)
        elif self.kind == "image":
            rows = self.rows(inputs)
            lengths = torch.full((len(inputs),), rows.shape[1], device=inputs.device)
            states = self.embed(rows)
        else:
            states, lengths = self.embed(inputs), valid_lengths(inputs) if lengths is None else lengths
        valid = torch.arange(states.shape[1], device=states.device) < lengths.unsqueeze(1)
        states = states + sinusoidal_positions(states.shape[1], self.width, states.device)
        for name in self.block_names:
            states = getattr(self, name)(states, valid)
        if self.last_norm is not None:
            states = self.last_norm(states)
        return self.output((states * valid.unsqueeze(2)).sum(dim=1) / lengths.unsqueeze(1))


def sinusoidal_positions(time: int, width: int, device: torch.device) -> torch.Tensor:
    """Sines and cosines of the position at wavelengths from 2 pi to 10,000 * 2 pi, (time, width) (Vaswani et al. 2017)."""
    steps = torch.arange(time, device=device, dtype=torch.float32).unsqueeze(1)
    rates = torch.exp(torch.arange(0, width, 2, device=device) * (-math.log(10_000.0) / width))
    found = torch.zeros(time, width, device=device)
    found[:, 0::2] = torch.sin(steps * rates)
    found[:, 1::2] = torch.cos(steps * rates[: width // 2])
    return found


def make_transformer(
    model_input: ModelInput,
    outputs: int,
    *,
    width: int = 32,
    heads: int = 4,
    blocks: int = 2,
    expansion: int = 2,
    activation: str = "gelu",
    dropout: float = 0.0,
    norm_kind: str = "layer",
    norm_place: str = "before",
    residual_scale: float = 1.0,
    learn_residual_scale: bool = False,
    stochastic_depth: float = 0.0,
) -> TransformerEncoder:
    """Build a transformer encoder (Vaswani et al. 2017); `norm_place` before is the Pre-LN form (Xiong et al. 2020).

    `norm_kind` is layer or rms. `residual_scale` and `stochastic_depth` act on what each part adds to its input, see
    core.models.parts.residual; both parts of a block are dropped equally often, each by itself.
    """
    return TransformerEncoder(
        model_input,
        outputs,
        width,
        heads,
        blocks,
        expansion,
        activation,
        dropout,
        norm_kind,
        norm_place,
        residual_scale,
        learn_residual_scale,
        stochastic_depth,
    )
