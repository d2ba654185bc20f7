"""Weights that an installed package brings for an architecture."""

from __future__ import annotations

import importlib

import torch

from core.errors import BadInput
from core.models.catalogue import ARCHITECTURES


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
