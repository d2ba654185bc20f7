"""Every catalogue of the product under its family name, for the reference page and `gradclinic catalogue`."""

from __future__ import annotations

from core.claims.catalogue import CLAIMS
from core.data.catalogue import DATASETS
from core.diagnosis.catalogue import RULES
from core.explain.catalogue import EXPLANATIONS
from core.models.catalogue import ARCHITECTURES
from core.models.parts.catalogue import ACTIVATIONS, INITIALISATIONS
from core.optim.catalogue import OPTIMIZERS
from core.optim.schedules.catalogue import SCHEDULES
from core.race.presets import RACES
from core.recipe.presets import PRESETS
from core.registry import Catalogue
from core.surfaces.catalogue import SURFACES
from core.train.loss_catalogue import LOSSES

FAMILIES: dict[str, Catalogue] = {
    "optimizers": OPTIMIZERS,
    "schedules": SCHEDULES,
    "architectures": ARCHITECTURES,
    "initialisations": INITIALISATIONS,
    "activations": ACTIVATIONS,
    "losses": LOSSES,
    "datasets": DATASETS,
    "presets": PRESETS,
    "races": RACES,
    "rules": RULES,
    "explanations": EXPLANATIONS,
    "surfaces": SURFACES,
    "claims": CLAIMS,
}
