"""The data of a recipe, ready for training. No torch."""

from __future__ import annotations

from pathlib import Path

from core.data.base import Prepared
from core.data.prepare import prepare
from core.recipe.parts import Recipe


def load_data(recipe: Recipe, uploads: Path | None = None) -> Prepared:
    """The prepared data of `recipe`: a function of its sections data and balance and of its seed.

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
        limit=part.limit,
        predict=part.predict,
        balance=recipe.balance.key,
        balance_params=recipe.balance.params,
        uploads=uploads,
    )
