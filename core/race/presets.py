"""Ready-made races, each a classic lesson on training. No torch."""

from __future__ import annotations

from core.race.ready import data, holding_back, networks, optimizers, schedules, schedules_and_losses, signal
from core.race.ready.base import RacePreset
from core.registry import Catalogue

RACES: Catalogue[RacePreset] = Catalogue(
    "race",
    (
        *optimizers.ENTRIES,
        *schedules_and_losses.ENTRIES,
        *schedules.ENTRIES,
        *signal.ENTRIES,
        *networks.ENTRIES,
        *holding_back.ENTRIES,
        *data.ENTRIES,
    ),
)
