"""Where each entry of the recipe's catalogues can be tried: presets, races, lessons and claims that use it. No torch."""

from __future__ import annotations

import functools
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from core.claims.catalogue import CLAIMS
from core.families import FAMILIES
from core.lessons.catalogue import lessons
from core.race.presets import RACES
from core.race.recipe import parse_race
from core.recipe.codec import parse_recipe, with_changes
from core.recipe.parts import Recipe
from core.recipe.presets import PRESETS

Kind = Literal["preset", "race", "lesson", "claim"]
Entry = tuple[str, str]
"""A family of core.families and a key in it."""
SECTIONS = {
    "data": "datasets",
    "balance": "balances",
    "model": "architectures",
    "init": "initialisations",
    "loss": "losses",
    "optim": "optimizers",
    "schedule": "schedules",
}
SEVERAL = {"augment": "augmentations", "regularise": "regularisations"}
PARTS_OF_MODELS = {"activation": "activations", "norm": "norms"}


@dataclass(frozen=True)
class Showcase:
    """One place to try an entry. `contrasted`: another arm there does without it, so that its own effect shows."""

    kind: Kind
    key: str
    label: str
    contrasted: bool


def entries_of(recipe: Recipe) -> frozenset[Entry]:
    """Every catalogue entry that a recipe uses."""
    found = {(family, getattr(recipe, section).key) for section, family in SECTIONS.items()}
    found |= {(family, key) for section, family in SEVERAL.items() for key in getattr(recipe, section).entries}
    found |= {(PARTS_OF_MODELS[name], str(v)) for name, v in recipe.model.params.items() if name in PARTS_OF_MODELS}
    found.add(("clippings", recipe.clip.mode))
    return frozenset(entry for entry in found if entry[1] in FAMILIES[entry[0]])


@functools.cache
def showcases() -> dict[Entry, tuple[Showcase, ...]]:
    """Every place for each entry; those that contrast it come first."""
    found: dict[Entry, list[Showcase]] = {}
    for kind, key, label, recipes in _places():
        used = [entries_of(recipe) for recipe in recipes]
        in_all = frozenset.intersection(*used)
        for entry in sorted(frozenset.union(*used)):
            found.setdefault(entry, []).append(Showcase(kind, key, label, entry not in in_all))
    return {entry: tuple(sorted(places, key=lambda place: not place.contrasted)) for entry, places in found.items()}


def _places() -> Iterable[tuple[Kind, str, str, list[Recipe]]]:
    for key, lesson in ((lesson.key, lesson) for lesson in lessons()):
        yield "lesson", key, lesson.title, [lesson.experiment.recipe(arm) for arm in lesson.experiment.arms]
    for key, ready in RACES.items():
        race = parse_race(ready.document)
        yield "race", key, ready.label, [with_changes(race.base, dict(lane.changes)) for lane in race.lanes]
    for key, preset in PRESETS.items():
        yield "preset", key, preset.label, [parse_recipe(preset.document)]
    for key, claim in CLAIMS.items():
        if claim.arms:
            yield "claim", key, claim.label, [arm.recipe(claim.base) for arm in claim.arms]
