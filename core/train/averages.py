"""Which weights a recipe evaluates, and what a saved state of its optimizer fits. No torch."""

from __future__ import annotations

from core.optim.catalogue import OPTIMIZERS
from core.optim.spec import state_key
from core.recipe.parts import Recipe
from core.train.regularise.catalogue import REGULARISATIONS


def optimizer_state_key(recipe: Recipe) -> str:
    """What a saved state of the optimizer fits: the optimizer, the one it is wrapped around, and averages of weights."""
    averages = [key for key in recipe.regularise.entries if REGULARISATIONS[key].averages]
    return "+".join([state_key(recipe.optim.key, recipe.optim.params), *averages])


def keeps_average(recipe: Recipe) -> bool:
    """Whether the weights to evaluate are an average of those that are trained."""
    averaging = any(REGULARISATIONS[key].averages for key in recipe.regularise.entries)
    return OPTIMIZERS[recipe.optim.key].averages or averaging
