"""Augmentations of texts: x (batch, time) token ids, 0 after the end."""

from __future__ import annotations

import torch

from core.train.augment.draws import RowDraws


def token_dropout(x: torch.Tensor, draws: RowDraws, *, probability: float = 0.1) -> torch.Tensor:
    """Leave words out and close the gaps; at least one word stays (Iyyer et al. 2015; Wei and Zou 2019)."""
    lot = draws.uniform(x.shape[1])
    words = x != 0
    luckiest = lot.masked_fill(~words, -1.0).argmax(dim=1, keepdim=True)
    kept = (words & (lot >= probability)).scatter(1, luckiest, True) & words
    order = (~kept).to(torch.int8).argsort(dim=1, stable=True)
    return x.gather(1, order) * kept.gather(1, order)


def token_swap(x: torch.Tensor, draws: RowDraws, *, probability: float = 0.1) -> torch.Tensor:
    """Exchange neighbouring words: each word with the next one, if the lot falls on it (Wei and Zou 2019)."""
    words = (x != 0).long()
    places = torch.arange(x.shape[1], device=x.device).expand_as(x)
    first = (places % 2 == draws.integers(2, 1)) & (places + 1 < words.sum(dim=1, keepdim=True))
    moved = first & (draws.uniform(x.shape[1]) < probability)
    arrived = torch.cat([torch.zeros_like(moved[:, :1]), moved[:, :-1]], dim=1)
    return x.gather(1, places + moved.long() - arrived.long())
