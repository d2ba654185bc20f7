"""Starting from trained weights, kept or pretrained."""

from __future__ import annotations

from pathlib import Path

from safetensors.torch import load_file
from torch import nn

from core.errors import BadInput
from core.store.weights import weights_path
from core.train.transfer.fill import fill
from core.train.transfer.pretrained import pretrained_weights, word_embeddings

PRETRAINED, EMBEDDINGS = "pretrained", "embeddings"


def start_from(model: nn.Module, weights: str, model_key: str, home: Path | None, *, fresh_output: bool) -> list[str]:
    """Fill `model` from kept weights, or from those that a package brings; returns the names of the tensors filled.

    Tensors are matched by name and shape; the rest stays as initialised, and with `fresh_output` the output layer too.

    Raises:
        BadInput: when there are no such weights, or nothing of them fits.
    """
    if weights == PRETRAINED:
        tensors = pretrained_weights(model_key)
    elif weights == EMBEDDINGS:
        tensors = word_embeddings(model)
    elif home is None:
        raise BadInput("Kept weights belong to a workspace; train this recipe in one, or leave transfer.weights empty.")
    else:
        tensors = load_file(weights_path(home, weights))
    return fill(model, tensors, fresh_output=fresh_output)
