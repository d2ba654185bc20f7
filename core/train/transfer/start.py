"""Starting from trained weights, kept or pretrained."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import nn

from core.data.tokens.embeddings import word_embeddings
from core.errors import BadInput
from core.store.weights import weights_path
from core.train.transfer.fill import fill, for_tables
from core.train.transfer.pretrained import pretrained_weights

PRETRAINED, EMBEDDINGS = "pretrained", "embeddings"


def start_from(
    model: nn.Module,
    weights: str,
    model_key: str,
    home: Path | None,
    *,
    fresh_output: bool,
    vocabulary: Sequence[str] = (),
) -> list[str]:
    """Fill `model` from kept weights, or from those that a package brings; returns the names of the tensors filled.

    Tensors are matched by name and shape; the rest stays as initialised, and with `fresh_output` the output layer too.
    `vocabulary` says which words the rows of an embedding table stand for.

    Raises:
        BadInput: when there are no such weights, or nothing of them fits.
    """
    if weights == PRETRAINED:
        tensors = pretrained_weights(model_key)
    elif weights == EMBEDDINGS:
        tensors = for_tables(model, torch.from_numpy(word_embeddings(vocabulary)))
    elif home is None:
        raise BadInput("Kept weights belong to a workspace; train this recipe in one, or leave transfer.weights empty.")
    else:
        tensors = load_file(weights_path(home, weights))
    return fill(model, tensors, fresh_output=fresh_output)
