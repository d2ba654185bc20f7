"""Changes to a copy of a model that leave what it computes alone and let explanation methods see it all."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

import torch
from torch import nn


class OnePerCall(nn.Module):
    """A module that runs several times in a forward pass, as that many modules that run once each.

    DeepLift keeps one input and output per module: of a re-used one only the last, silently (captum #934, shap #1479).
    Whoever runs the model sets `turn` to 0 before each pass.
    """

    def __init__(self, module: nn.Module, calls: int) -> None:
        super().__init__()
        self.copies = nn.ModuleList(copy.deepcopy(module) for _ in range(calls))
        self.turn = 0

    def forward(self, *inputs: Any, **named: Any) -> Any:
        """Run the copy whose turn it is."""
        chosen = self.copies[self.turn % len(self.copies)]
        self.turn += 1
        return chosen(*inputs, **named)


class EmbeddingSlot(nn.Module):
    """In the place of an embedding: puts out `given` (batch, time, size) where there is one, else looks tokens up."""

    def __init__(self, table: nn.Embedding) -> None:
        super().__init__()
        self.table = table
        self.given: torch.Tensor | None = None

    def forward(self, tokens: torch.Tensor) -> torch.Tensor:
        """Map token ids (batch, time) to (batch, time, size)."""
        return self.table(tokens) if self.given is None else self.given


def out_of_place(model: nn.Module) -> int:
    """Tell every module not to overwrite its input; returns how many did."""
    found = [module for module in model.modules() if getattr(module, "inplace", False)]
    for module in found:
        module.inplace = False
    return len(found)


def split_reused(model: nn.Module, calls: Mapping[str, int]) -> list[str]:
    """Replace every module that `calls` (path -> calls in a pass) says runs more than once; returns their paths."""
    found = [path for path, count in calls.items() if count > 1]
    for path in found:
        module = model.get_submodule(path)
        replace(model, module, OnePerCall(module, calls[path]))
    return found


def replace(model: nn.Module, old: nn.Module, new: nn.Module) -> None:
    """Put `new` wherever `old` hangs in `model`, under every name that it has."""
    for parent in list(model.modules()):
        for name, child in list(parent._modules.items()):
            if child is old and parent is not new:
                parent._modules[name] = new


def names_before(model: nn.Module) -> dict[str, str]:
    """Name of every weight and buffer of `model` now -> its name before embeddings got a slot and modules one per call."""
    inner = {EmbeddingSlot: 1, OnePerCall: 2}
    found = {}
    for name in model.state_dict():
        old, here, module, skip = [], name.split("."), model, inner.get(type(model), 0)
        for part in here:
            if skip:
                skip -= 1
            else:
                old.append(part)
            child = module._modules.get(part)
            if child is not None:
                module, skip = child, skip or inner.get(type(child), 0)
        found[name] = ".".join(old)
    return found
