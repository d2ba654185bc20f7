"""The optimizer of a recipe, with what its regularisations put around it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import torch

from core.optim.catalogue import OPTIMIZERS
from core.optim.spec import state_key
from core.recipe.parts import Recipe
from core.train.regularise.base import Regulariser
from core.train.regularise.catalogue import REGULARISATIONS


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


def optimizer_state_key(recipe: Recipe) -> str:
    """What a saved state of the optimizer fits: the optimizer, the one it is wrapped around, and averages of weights."""
    averages = [key for key in recipe.regularise.entries if REGULARISATIONS[key].averages]
    return "+".join([state_key(recipe.optim.key, recipe.optim.params), *averages])


def keeps_average(recipe: Recipe) -> bool:
    """Whether the weights to evaluate are an average of those that are trained."""
    averaging = any(REGULARISATIONS[key].averages for key in recipe.regularise.entries)
    return OPTIMIZERS[recipe.optim.key].averages or averaging
