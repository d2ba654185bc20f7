"""What a ready-made race is, and the pieces that several share. No torch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from core.registry import Spec


@dataclass(frozen=True, kw_only=True)
class RacePreset(Spec):
    """A race to start from. `summary` says what is raced, `lesson` what to look for, `document` is the race."""

    lesson: str
    document: dict[str, Any]


def race_preset(key: str, label: str, summary: str, lesson: str, source: str, **document: Any) -> RacePreset:
    """A race with its words; `document` are its sections."""
    return RacePreset(
        key=key,
        label=label,
        summary=summary,
        article=f"{summary} {lesson} {source}",
        build="core.race.recipe:parse_race",
        lesson=lesson,
        document={"kind": "race", "name": label, **document},
    )


def lane(name: str, tuned: bool = False, **changes: Any) -> dict[str, Any]:
    """One lane: dotted settings with __ for the dot."""
    return {
        "name": name,
        "tuned": tuned,
        "changes": {path.replace("__", "."): value for path, value in changes.items()},
    }


DIGITS_MLP = {
    "data": {"key": "digits"},
    "model": {"key": "mlp", "depth": 3, "width": 64},
    "init": {"key": "he_normal"},
    "train": {"epochs": 20, "batch_size": 32},
}
DEEP_RELU = {
    "data": {"key": "digits"},
    "model": {"key": "mlp", "depth": 20, "width": 64},
    "optim": {"key": "sgd", "lr": 0.02},
    "train": {"epochs": 15, "batch_size": 32},
}
