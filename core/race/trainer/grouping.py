"""Which members train together: those that one batched computation can serve, and those that train alone, with the reason."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from core.race.members import Member
from core.race.trainer.together import Together
from core.race.trainer.tracks import Alone, Track
from core.recipe.parts import Recipe
from core.train import devices
from core.train.batched.eligibility import batch_key, why_alone

MOST_TOGETHER = 64
Made = list[tuple[Track, dict[str, Any]]]


def make_tracks(members: list[Member], recipes: Mapping[int, Recipe], uploads: Path) -> Made:
    """Tracks for `members`, each with a document that says how it trains: {"together": count, "why": sentence}.

    The seeds of a lane, its trials and its swept rates share a batch; different lanes do not, so that each can be frozen
    or dropped by itself.
    """
    groups: dict[tuple[Any, ...], list[Member]] = {}
    alone: Made = []
    for member in members:
        recipe = recipes[member.number]
        reason = why_alone(recipe, devices.choose(recipe.train.device).type)
        if reason:
            alone += train_alone([member], recipes, uploads, reason)
        else:
            groups.setdefault((member.stage, member.task, member.lane, batch_key(recipe)), []).append(member)
    made: Made = []
    for group in groups.values():
        for begin in range(0, len(group), MOST_TOGETHER):
            part = group[begin : begin + MOST_TOGETHER]
            if len(part) == 1:
                made += train_alone(part, recipes, uploads, "It is the only one of its kind.")
            else:
                made.append((Together(part, recipes, uploads), {"together": len(part), "why": ""}))
    return made + alone


def train_alone(members: list[Member], recipes: Mapping[int, Recipe], uploads: Path, reason: str) -> Made:
    """A track of its own for each member."""
    return [(Alone(member, recipes[member.number], uploads), {"together": 1, "why": reason}) for member in members]
