"""The lessons in the order of the guided path, each a data file in texts/. No torch."""

from __future__ import annotations

import functools
from pathlib import Path

from core.errors import UnknownKey
from core.lessons.codec import parse_lesson
from core.lessons.schema import Lesson
from core.recipe.codec import read_text

TEXTS = Path(__file__).parent / "texts"
PATH = (
    "learning-rate",
    "turn-it-down",
    "input-scale",
    "momentum",
    "batch-size",
    "vanishing-gradients",
    "initialisation",
    "exploding-gradients",
    "batch-norm",
    "overfitting",
    "imbalance",
    "transfer",
    "calibration",
    "long-memory",
)
"""Keys in order: each names its file texts/KEY.yaml."""


@functools.cache
def lesson(key: str) -> Lesson:
    """The lesson of that key.

    Raises:
        UnknownKey: when there is none.
        RecipeError: with every fault of its file.
    """
    if key not in PATH:
        raise UnknownKey("lesson", key, PATH)
    return parse_lesson(key, read_text((TEXTS / f"{key}.yaml").read_text(encoding="utf-8"), "lesson"))


def lessons() -> list[Lesson]:
    """All of them, in order."""
    return [lesson(key) for key in PATH]
