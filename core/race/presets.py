"""Ready-made races, each a classic lesson on training. No torch."""

from __future__ import annotations

from core.race.ready import (
    activations,
    augmenting,
    data,
    first_weights,
    losses,
    network_parts,
    networks,
    optimizer_families,
    optimizers,
    regularising,
    schedules,
    signal,
)
from core.race.ready.base import RacePreset
from core.registry import Catalogue

RACES: Catalogue[RacePreset] = Catalogue(
    "race",
    (
        *optimizers.ENTRIES,
        *optimizer_families.ENTRIES,
        *schedules.ENTRIES,
        *losses.ENTRIES,
        *signal.ENTRIES,
        *first_weights.ENTRIES,
        *activations.ENTRIES,
        *networks.ENTRIES,
        *network_parts.ENTRIES,
        *regularising.ENTRIES,
        *augmenting.ENTRIES,
        *data.ENTRIES,
    ),
)
