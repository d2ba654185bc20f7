"""Plans of many recipes; recipes that share their data load it once."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from pathlib import Path

from core.data.base import Prepared
from core.recipe.data import data_key, load_data
from core.recipe.parts import Recipe
from core.train.plan import Plan, make_plan


def make_plans(recipes: Iterable[Recipe], uploads: Path | None = None) -> list[Plan]:
    """A plan for each recipe, seeded and initialised as when it trains alone.

    Raises:
        BadInput: as `make_plan` does.
    """
    loaded: dict[Hashable, Prepared] = {}
    plans = []
    for recipe in recipes:
        key = data_key(recipe)
        if key not in loaded:
            loaded[key] = load_data(recipe, uploads)
        plans.append(make_plan(recipe, uploads, loaded[key]))
    return plans
