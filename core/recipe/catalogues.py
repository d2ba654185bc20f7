"""Which catalogue each section of a recipe chooses from."""

from __future__ import annotations

from core.data.balance.catalogue import BALANCES
from core.data.catalogue import DATASETS
from core.models.catalogue import ARCHITECTURES
from core.models.parts.catalogue import INITIALISATIONS
from core.optim.catalogue import OPTIMIZERS
from core.optim.schedules.catalogue import SCHEDULES
from core.registry import Catalogue
from core.train.augment.catalogue import AUGMENTATIONS
from core.train.loss_catalogue import LOSSES
from core.train.regularise.catalogue import REGULARISATIONS

CATALOGUES: dict[str, Catalogue] = {
    "data": DATASETS,
    "balance": BALANCES,
    "augment": AUGMENTATIONS,
    "model": ARCHITECTURES,
    "init": INITIALISATIONS,
    "loss": LOSSES,
    "regularise": REGULARISATIONS,
    "optim": OPTIMIZERS,
    "schedule": SCHEDULES,
}
