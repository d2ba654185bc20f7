"""Every catalogue of the product under its family name, for the reference page and `gradclinic catalogue`."""

from __future__ import annotations

from core.claims.catalogue import CLAIMS
from core.data.balance.catalogue import BALANCES
from core.data.catalogue import DATASETS
from core.diagnosis.catalogue import RULES
from core.evaluation.metrics.catalogue import METRICS
from core.explain.catalogue import EXPLANATIONS
from core.models.catalogue import ARCHITECTURES
from core.models.parts.catalogue import ACTIVATIONS, INITIALISATIONS, NORMS
from core.optim.catalogue import OPTIMIZERS
from core.optim.clippings import CLIPPINGS
from core.optim.schedules.catalogue import SCHEDULES
from core.race.presets import RACES
from core.recipe.presets import PRESETS
from core.registry import Catalogue
from core.surfaces.catalogue import SURFACES
from core.train.augment.catalogue import AUGMENTATIONS
from core.train.loss_catalogue import LOSSES
from core.train.regularise.catalogue import REGULARISATIONS

FAMILIES: dict[str, Catalogue] = {
    "optimizers": OPTIMIZERS,
    "schedules": SCHEDULES,
    "architectures": ARCHITECTURES,
    "initialisations": INITIALISATIONS,
    "activations": ACTIVATIONS,
    "norms": NORMS,
    "clippings": CLIPPINGS,
    "losses": LOSSES,
    "regularisations": REGULARISATIONS,
    "augmentations": AUGMENTATIONS,
    "balances": BALANCES,
    "datasets": DATASETS,
    "metrics": METRICS,
    "presets": PRESETS,
    "races": RACES,
    "rules": RULES,
    "explanations": EXPLANATIONS,
    "surfaces": SURFACES,
    "claims": CLAIMS,
}
