"""The data of a recipe, ready for training. No torch."""

from __future__ import annotations

from collections.abc import Hashable
from pathlib import Path

from core.data.base import Prepared
from core.data.prepare import prepare
from core.recipe.parts import Recipe
from core.train.loss_catalogue import LOSSES

DECISIVE = ("seed", "data", "balance")
"""The sections of a recipe that decide its prepared data, but for what its loss asks of the target."""


def keeps_target(recipe: Recipe) -> bool:
    """Whether the loss needs the target in its own units, standardised inputs or not."""
    return LOSSES[recipe.loss.key].targets == "counts"


def data_key(recipe: Recipe) -> tuple[Hashable, ...]:
    """All that decides the prepared data: recipes with equal keys can share it."""
    return (*(getattr(recipe, section) for section in DECISIVE), keeps_target(recipe))


def load_data(recipe: Recipe, uploads: Path | None = None) -> Prepared:
    """The prepared data of `recipe`: a function of what `data_key` names.

    Raises:
        BadInput: when the data can't be used.
    """
    part = recipe.data
    return prepare(
        part.key,
        part.params,
        seed=recipe.seed,
        validation_fraction=part.validation_fraction,
        standardise=part.standardise,
        keep_target=keeps_target(recipe),
        limit=part.limit,
        predict=part.predict,
        balance=recipe.balance.key,
        balance_params=recipe.balance.params,
        uploads=uploads,
    )
