"""The augmentations to choose from, in the order in which they are applied. No torch."""

from __future__ import annotations

from core.registry import Catalogue
from core.train.augment.entries import any_kind
from core.train.augment.spec import AugmentationSpec

AUGMENTATIONS: Catalogue[AugmentationSpec] = Catalogue("augmentation", (*any_kind.ENTRIES,))
