"""Starting a run: once per press, then on to its page."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from app import failures, navigation, state
from core.recipe.catalogues import CATALOGUES
from core.recipe.codec import parse_recipe
from core.recipe.parts import Recipe


def start_run(document: dict[str, Any]) -> None:
    """Start a run of this recipe and open its page; a double click starts one run. A fault is said in words."""
    if run := start_here(document):
        navigation.go("run", run=run)


def start_here(document: dict[str, Any]) -> str:
    """Start a run of this recipe and stay; returns its id, empty where a fault was said instead."""
    from core.runtime import jobs

    with failures.guard():
        run = jobs.start(state.workspace(), named(parse_recipe(document)), key=state.press_key(document))
        state.use_press()
        return run.id
    state.forget_press()
    return ""


def named(recipe: Recipe) -> Recipe:
    """The recipe itself; one without a name is called after its model, data and optimizer."""
    if recipe.name != Recipe().name:
        return recipe
    model, data, optimizer = (CATALOGUES[s][getattr(recipe, s).key].label for s in ("model", "data", "optim"))
    return replace(recipe, name=f"{model} on {data}, {optimizer} {recipe.optim.lr:g}")
