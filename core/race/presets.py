"""Ready-made races, each a classic lesson on training. No torch."""

from __future__ import annotations

from core.race.ready import (
    augmenting,
    data,
    holding_back,
    losses,
    networks,
    optimizers,
    regularising,
    schedules_and_losses,
    signal,
)
from core.race.ready.base import RacePreset
from core.registry import Catalogue

RACES: Catalogue[RacePreset] = Catalogue(
    "race",
    (
        *optimizers.ENTRIES,
        *schedules_and_losses.ENTRIES,
        *losses.ENTRIES,
        *signal.ENTRIES,
        *networks.ENTRIES,
        *holding_back.ENTRIES,
        *regularising.ENTRIES,
        *augmenting.ENTRIES,
        *data.ENTRIES,
    ),
)
