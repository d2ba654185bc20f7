"""The architectures to choose from. No torch."""

from __future__ import annotations

from core.models.base import ArchitectureSpec
from core.models.entries import (
    attention,
    coding,
    convolutional,
    feed_forward,
    graph,
    images,
    pretrained,
    recurrent,
    series,
    tables,
)  # fmt: skip
from core.registry import Catalogue

ARCHITECTURES: Catalogue[ArchitectureSpec] = Catalogue(
    "architecture",
    (
        *feed_forward.ENTRIES,
        *tables.ENTRIES,
        *convolutional.ENTRIES,
        *images.ENTRIES,
        *recurrent.ENTRIES,
        *series.ENTRIES,
        *attention.ENTRIES,
        *graph.ENTRIES,
        *coding.ENTRIES,
        *pretrained.ENTRIES,
    ),
)
