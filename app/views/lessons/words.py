"""Settings of a recipe in words, as the form of New run calls them."""

from __future__ import annotations

from app.words import number, plain
from core.recipe.catalogues import CATALOGUES
from core.recipe.codec import to_document
from core.recipe.parts import PARTS, Recipe
from core.registry import Param

NOUNS = {
    "data": "Data set",
    "model": "Model",
    "init": "Initialisation",
    "loss": "Loss",
    "optim": "Optimizer",
    "schedule": "Schedule",
}


def setting(recipe: Recipe, path: str) -> str:
    """The setting `path` ("optim.lr") of `recipe` with its value, as Markdown: "Learning rate 0.001", "Data set Digits 8x8"."""
    section, _, name = path.partition(".")
    value = to_document(recipe)[section][name]
    if name == "key":
        return plain(f"{NOUNS.get(section, section)} {CATALOGUES[section][value].label}")
    params: tuple[Param, ...] = PARTS[section].settings()
    if section in CATALOGUES:
        params += CATALOGUES[section][getattr(recipe, section).key].params
    label = next((param.label for param in params if param.name == name), path)
    said = (
        {True: "on", False: "off", None: "none"}.get(value, value)
        if value is None or isinstance(value, bool)
        else value
    )
    return plain(f"{label} {number(said)}")
