"""Filling a model with trained tensors of the same name and shape."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import nn

from core.errors import BadInput

OUTPUT = "output"


def for_tables(model: nn.Module, vectors: torch.Tensor) -> dict[str, torch.Tensor]:
    """`vectors` (tokens, size) under the name of each embedding table of `model`, for `fill`."""
    return {f"{name}.weight": vectors for name, part in model.named_modules() if isinstance(part, nn.Embedding)}


def fill(model: nn.Module, tensors: Mapping[str, torch.Tensor], *, fresh_output: bool) -> list[str]:
    """Copy those of `tensors` that fit into `model`; returns their names.

    Raises:
        BadInput: when none fits.
    """
    own = model.state_dict()
    fitting = [
        name
        for name, value in own.items()
        if name in tensors
        and tensors[name].shape == value.shape
        and not (fresh_output and name.startswith(f"{OUTPUT}."))
    ]
    if not any(own[name].ndim > 1 for name in fitting):
        raise BadInput(
            "None of the layers of these weights has the name and shape of one of this model; "
            "choose the architecture and sizes that they were trained with."
        )
    with torch.no_grad():
        for name in fitting:
            own[name].copy_(tensors[name])
    return fitting
