"""Locked settings of an exercise: which may be changed, and whether a recipe kept to that. No torch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from core.classroom.events import Exercise
from core.errors import BadInput, suggestion
from core.recipe.codec import parse_recipe, to_document
from core.recipe.parts import PARTS
from core.recipe.paths import is_open

FREE = ("name", "seed", "format")
"""What a copy may always change."""


def settings_to_open() -> list[str]:
    """Everything that can be left open: whole sections ("optim"), and single settings of their own ("optim.lr")."""
    own = [f"{section}.{param.name}" for section, kind in PARTS.items() for param in kind.settings()]
    return [*PARTS, *own]


def check_open(paths: Sequence[str]) -> None:
    """Raise BadInput for a setting that can't be opened."""
    known = settings_to_open()
    for path in paths:
        if path not in known and path.partition(".")[0] not in PARTS:
            raise BadInput(f"{path} is no setting that can be opened{suggestion(path, known)}.")


def differences(one: Mapping[str, Any], other: Mapping[str, Any]) -> list[str]:
    """Dotted paths of what two recipe documents have different, leaves only."""
    found: list[str] = []
    for key in sorted({*one, *other}):
        a, b = one.get(key), other.get(key)
        if a == b and (key in one) == (key in other):
            continue
        tables = [x if isinstance(x, Mapping) else {} for x in (a, b)]
        found += [f"{key}.{path}" for path in differences(*tables)] or [key]
    return found


def opened(exercise: Exercise) -> tuple[str, ...]:
    """All settings that may be changed in a copy of `exercise`."""
    return (*exercise.open, *FREE)


def locked_changes(exercise: Exercise, document: Mapping[str, Any]) -> list[str]:
    """Settings of `document` that differ from the exercise though they are locked."""
    given = to_document(parse_recipe(exercise.recipe))
    asked = to_document(parse_recipe(document))
    return [path for path in differences(given, asked) if not is_open(path, opened(exercise))]
