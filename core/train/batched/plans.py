"""Plans of many recipes; recipes that share data, balance and seed load it once."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from core.data.base import Prepared
from core.recipe.data import load_data
from core.recipe.parts import BalancePart, DataPart, Recipe
from core.train.plan import Plan, make_plan


def make_plans(recipes: Iterable[Recipe], uploads: Path | None = None) -> list[Plan]:
    """A plan for each recipe, seeded and initialised as when it trains alone.

    Raises:
        BadInput: as `make_plan` does.
    """
    loaded: dict[tuple[DataPart, BalancePart, int], Prepared] = {}
    plans = []
    for recipe in recipes:
        key = (recipe.data, recipe.balance, recipe.seed)
        if key not in loaded:
            loaded[key] = load_data(recipe, uploads)
        plans.append(make_plan(recipe, uploads, loaded[key]))
    return plans
