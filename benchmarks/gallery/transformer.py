"""A small transformer classifier, built from an MLP's settings, since the catalogue of models has none."""

from __future__ import annotations

import torch
from torch import nn

from core.models.parts.activations import make_activation

HEADS = 4


class Block(nn.Module):
    """Self-attention and a two-layer feed-forward part, each added to its input; normalised first if `norm` says so."""

    def __init__(self, width: int, activation: str, norm: bool, dropout: float) -> None:
        super().__init__()
        self.norm1 = nn.LayerNorm(width) if norm else nn.Identity()
        self.query_key_value = nn.Linear(width, 3 * width)
        self.mix = nn.Linear(width, width)
        self.norm2 = nn.LayerNorm(width) if norm else nn.Identity()
        self.up = nn.Linear(width, 2 * width)
        self.activation = make_activation(activation)
        self.down = nn.Linear(2 * width, width)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(batch, tokens, width) to the same shape."""
        batch, tokens, width = x.shape
        parts = self.query_key_value(self.norm1(x)).view(batch, tokens, 3, HEADS, width // HEADS)
        query, key, value = parts.permute(2, 0, 3, 1, 4)
        seen = nn.functional.scaled_dot_product_attention(query, key, value)
        x = x + self.mix(seen.transpose(1, 2).reshape(batch, tokens, width))
        return x + self.dropout(self.down(self.activation(self.up(self.norm2(x)))))


class Transformer(nn.Module):
    """Rows of an image, steps of a series or columns of a table as tokens; mean of the last block; logits."""

    def __init__(
        self,
        shape: tuple[int, ...],
        outputs: int,
        *,
        depth: int,
        width: int,
        activation: str,
        norm: str,
        dropout: float,
    ) -> None:
        super().__init__()
        tokens, channels = (shape[-2], shape[-1]) if len(shape) > 1 else (shape[0], 1)
        self.embed = nn.Linear(channels, width)
        self.position = nn.Embedding(tokens, width)
        self.blocks = nn.ModuleList(Block(width, activation, norm == "layer", dropout) for _ in range(depth))
        self.output = nn.Linear(width, outputs)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(batch, *shape) to (batch, outputs)."""
        x = x[:, 0] if x.ndim == 4 else x[:, :, None] if x.ndim == 2 else x
        x = self.embed(x) + self.position.weight
        for block in self.blocks:
            x = block(x)
        return self.output(x.mean(dim=1))
