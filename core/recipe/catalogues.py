"""Which catalogue each section of a recipe chooses from."""

from __future__ import annotations

from core.data.catalogue import DATASETS
from core.models.catalogue import ARCHITECTURES
from core.models.parts.catalogue import INITIALISATIONS
from core.optim.catalogue import OPTIMIZERS
from core.optim.schedules.catalogue import SCHEDULES
from core.registry import Catalogue
from core.train.loss_catalogue import LOSSES

CATALOGUES: dict[str, Catalogue] = {
    "data": DATASETS,
    "model": ARCHITECTURES,
    "init": INITIALISATIONS,
    "loss": LOSSES,
    "optim": OPTIMIZERS,
    "schedule": SCHEDULES,
}
