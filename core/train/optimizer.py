"""The optimizer of a recipe, with what its regularisations put around it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import torch

from core.optim.catalogue import OPTIMIZERS
from core.recipe.parts import Recipe
from core.train.regularise.base import Regulariser
from core.train.transfer.freezing import learning_groups


def make_optimizer(
    recipe: Recipe,
    model: torch.nn.Module,
    regularisers: Iterable[Regulariser],
    steps_per_epoch: int,
    params: Mapping[str, Any] | None = None,
) -> torch.optim.Optimizer:
    """A fresh optimizer over the parameters of `model`; `params` in place of the recipe's own parameters of it."""
    optim = recipe.optim
    decay = recipe.transfer.layer_decay
    parameters = model.parameters() if decay == 1.0 else learning_groups(model, decay)
    made = OPTIMIZERS[optim.key].load()(
        parameters, optim.lr, optim.weight_decay, **(optim.params if params is None else params)
    )
    total = recipe.train.steps or recipe.train.epochs * steps_per_epoch
    for regulariser in regularisers:
        made = regulariser.optimizer(made, steps_per_epoch, total)
    return made
