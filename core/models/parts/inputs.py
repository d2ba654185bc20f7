"""First modules of a model: token embeddings, features of nodes and changes of axis order, so that one family reads many kinds.

Axes are counted from the end, so that TokenMean and ChannelsFirst also serve many models at once.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import nn


class TokenMean(nn.Module):
    """Turn token ids (batch, time) into the mean embedding of the words present: (batch, size).

    Id 0 is padding and counts for nothing; a text of padding only gives zeros.
    """

    def __init__(self, vocabulary_size: int, size: int) -> None:
        super().__init__()
        self.table = nn.Embedding(vocabulary_size, size, padding_idx=0)

    def forward(self, tokens: torch.Tensor) -> torch.Tensor:
        """Average the embeddings of the non-padding tokens."""
        present = (tokens != 0).sum(dim=-1, keepdim=True).clamp(min=1)
        return self.table(tokens).sum(dim=-2) / present


class NodeFeatures(nn.Module):
    """Turn node numbers (batch, 1) into the features of those nodes (batch, features), which are no weights."""

    features: torch.Tensor

    def __init__(self, features: Any) -> None:
        super().__init__()
        self.register_buffer("features", torch.from_numpy(features), persistent=False)

    def forward(self, nodes: torch.Tensor) -> torch.Tensor:
        """Look the features up."""
        return self.features.index_select(0, nodes.flatten())


class ChannelsFirst(nn.Module):
    """Turn (batch, time, channels) into (batch, channels, time), the order of a 1-d convolution."""

    def forward(self, series: torch.Tensor) -> torch.Tensor:
        """Swap the last two axes."""
        return series.transpose(-2, -1)


class RowsAsTime(nn.Module):
    """Turn an image (batch, channels, height, width) into a series of its rows (batch, height, channels * width)."""

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        """Read the image from top to bottom, one row per time step."""
        return image.transpose(1, 2).flatten(2)
