"""Races of the first weights: formulas, and starts that stand in for norms. No torch."""

from __future__ import annotations

from core.race.ready.base import RacePreset, lane, race_preset

ENTRIES: tuple[RacePreset, ...] = ()
