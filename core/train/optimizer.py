"""The optimizer of a recipe, with what its regularisations put around it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import torch

from core.optim.catalogue import OPTIMIZERS
from core.recipe.parts import Recipe
from core.train.regularise.base import Regulariser


def make_optimizer(
    recipe: Recipe,
    parameters: Iterable[torch.nn.Parameter],
    regularisers: Iterable[Regulariser],
    steps_per_epoch: int,
    params: Mapping[str, Any] | None = None,
) -> torch.optim.Optimizer:
    """A fresh optimizer over `parameters`; `params` in place of the recipe's own parameters of it."""
    optim = recipe.optim
    made = OPTIMIZERS[optim.key].load()(
        parameters, optim.lr, optim.weight_decay, **(optim.params if params is None else params)
    )
    total = recipe.train.steps or recipe.train.epochs * steps_per_epoch
    for regulariser in regularisers:
        made = regulariser.optimizer(made, steps_per_epoch, total)
    return made
