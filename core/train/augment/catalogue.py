"""The augmentations to choose from, in the order in which they are applied. No torch."""

from __future__ import annotations

from core.registry import Catalogue
from core.train.augment.entries import any_kind, images, series
from core.train.augment.spec import AugmentationSpec

AUGMENTATIONS: Catalogue[AugmentationSpec] = Catalogue(
    "augmentation", (*images.ENTRIES, *series.ENTRIES, *any_kind.ENTRIES)
)
