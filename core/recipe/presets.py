"""Ready-made recipes: some that work well, and some that fail, each for one reason worth knowing. No torch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from core.recipe.bad_presets import BAD
from core.recipe.good_presets import GOOD
from core.recipe.small_presets import SMALL
from core.registry import Catalogue, Spec


@dataclass(frozen=True, kw_only=True)
class Preset(Spec):
    """A recipe to start from. `document` leaves out what takes its default.

    `summary` says what to look at; `lesson` why it works or fails; `good` whether it is meant to work.
    """

    lesson: str
    good: bool
    document: dict[str, Any]


def _preset(good: bool, key: str, label: str, summary: str, lesson: str, document: dict[str, Any]) -> Preset:
    return Preset(
        key=key,
        label=label,
        summary=summary,
        article=f"{summary} {lesson}",
        build="core.recipe.codec:parse_recipe",
        lesson=lesson,
        good=good,
        document={"name": label, **document},
    )


PRESETS: Catalogue[Preset] = Catalogue(
    "preset", (*(_preset(True, *entry) for entry in (*GOOD, *SMALL)), *(_preset(False, *entry) for entry in BAD))
)
