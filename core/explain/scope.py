"""Which runs can be explained at all: those that answer for single rows. No torch."""

from __future__ import annotations

from core.data.catalogue import DATASETS
from core.recipe.check import data_task
from core.recipe.parts import Recipe


def why_not_explained(recipe: Recipe) -> str:
    """A sentence that says why no run of `recipe` can be explained, or ""."""
    if DATASETS[recipe.data.key].kind == "graph":
        return (
            "What a network says of a node rests on the whole graph around it, and the explanations here take rows one by one; "
            "choose a run on tables, images, series or texts."
        )
    if data_task(recipe.data) == "reconstruction":
        return (
            "This run puts out its whole input, so there is no single output to explain; its Errors page shows what it could "
            "not rebuild."
        )
    return ""
