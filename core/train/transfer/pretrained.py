"""Weights that an installed package brings for an architecture."""

from __future__ import annotations

import importlib

import torch
from torch import nn

from core.errors import BadInput
from core.models.catalogue import ARCHITECTURES
from core.models.minilm import minilm_weights


def pretrained_weights(model_key: str) -> dict[str, torch.Tensor]:
    """The pretrained tensors of that architecture, under the names of our module.

    Raises:
        BadInput: when it has none, or the package is not installed.
    """
    loader = ARCHITECTURES[model_key].pretrained
    if not loader:
        having = [key for key, spec in ARCHITECTURES.items() if spec.pretrained]
        raise BadInput(
            f"{ARCHITECTURES[model_key].label} has no pretrained weights; choose model.key {' or '.join(having)}, "
            "or weights that you kept from a run."
        )
    module, _, name = loader.partition(":")
    tensors: dict[str, torch.Tensor] = getattr(importlib.import_module(module), name)()
    return tensors


def word_embeddings(model: nn.Module) -> dict[str, torch.Tensor]:
    """MiniLM's own token embeddings (30,522, 384), under the name of each embedding table of `model`.

    They say what a token means by itself; what it means beside others, MiniLM's blocks work out.

    Raises:
        BadInput: when the package is not installed.
    """
    table = minilm_weights()["embedding.table.weight"]
    return {f"{name}.weight": table for name, part in model.named_modules() if isinstance(part, nn.Embedding)}
