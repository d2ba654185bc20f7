"""The architectures to choose from. No torch."""

from __future__ import annotations

from core.models.base import ArchitectureSpec
from core.models.entries import attention, convolutional, feed_forward, images, pretrained, recurrent, series, tables
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
        *pretrained.ENTRIES,
    ),
)
