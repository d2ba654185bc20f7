"""Locked settings of an exercise: which may be changed, whether a recipe kept to that, what is not shown. No torch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from core.classroom.events import ClassState, Exercise
from core.errors import BadInput, suggestion
from core.recipe.codec import parse_recipe, to_document
from core.recipe.parts import PARTS
from core.recipe.paths import brought, is_open

FREE = ("name", "seed", "format")
"""What a copy may always change."""
FAULT, NO_FAULT = "train.fault", "none"


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


def opened(exercise: Exercise, copy: Mapping[str, Any] | None = None) -> tuple[str, ...]:
    """All settings that may be changed in a copy of `exercise`; in a given `copy` also those that its own choices bring."""
    if copy is None:
        return (*exercise.open, *FREE)
    given, asked = (to_document(parse_recipe(one)) for one in (exercise.recipe, copy))
    return (*exercise.open, *FREE, *brought(given, asked, exercise.open))


def locked_changes(exercise: Exercise, document: Mapping[str, Any]) -> list[str]:
    """Settings of `document` that differ from the exercise though they are locked."""
    given, asked = (to_document(parse_recipe(one)) for one in (exercise.recipe, document))
    free = opened(exercise, asked)
    return [path for path in differences(given, asked) if not is_open(path, free)]


def fault_put_in(exercise: Exercise) -> str:
    """The fault in the training loop of an exercise that its students are to find; nothing where there is none."""
    found = str((exercise.recipe.get("train") or {}).get("fault", NO_FAULT))
    return "" if found == NO_FAULT or is_open(FAULT, exercise.open) else found


def kept_back(state: ClassState) -> str:
    """The fault that the class is not told of at this moment; nothing where there is none."""
    exercise = state.exercise
    return "" if exercise is None or exercise.told or state.ended else fault_put_in(exercise)
