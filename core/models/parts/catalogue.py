"""What a model is made of, to choose from: activations, norms and weight initialisations. No torch."""

from __future__ import annotations

from core.models.parts.entries import activations, initialisations, norms
from core.models.parts.spec import ActivationSpec, InitialisationSpec, NormSpec
from core.registry import Catalogue

ACTIVATIONS: Catalogue[ActivationSpec] = Catalogue("activation", activations.ENTRIES)
NORMS: Catalogue[NormSpec] = Catalogue("norm", norms.ENTRIES)
INITIALISATIONS: Catalogue[InitialisationSpec] = Catalogue("initialisation", initialisations.ENTRIES)
