"""The explanation methods to choose from. No torch."""

from __future__ import annotations

from core.errors import BadInput
from core.explain.base import ExplainSpec
from core.explain.entries.concepts import CONCEPTS
from core.explain.entries.gradient import GRADIENT
from core.explain.entries.influence import INFLUENCE
from core.explain.entries.layers import LAYERS
from core.explain.entries.perturbation import PERTURBATION
from core.explain.entries.shap_entries import SHAP
from core.registry import Catalogue

EXPLANATIONS: Catalogue[ExplainSpec] = Catalogue(
    "explanation", (*GRADIENT, *PERTURBATION, *LAYERS, *SHAP, *INFLUENCE, *CONCEPTS)
)
ATTRIBUTIONS = tuple(key for key, spec in EXPLANATIONS.items() if spec.answers == "attribution")


def attribution_method(key: str) -> ExplainSpec:
    """The entry of a method that answers with attributions.

    Raises:
        BadInput: when there is none of that key, or it answers with something else.
    """
    spec = EXPLANATIONS[key]
    if spec.answers != "attribution":
        noun = {"influence": "training rows", "concept": "concepts"}[spec.answers]
        where = {"influence": "core.explain.influence", "concept": "core.explain.concepts"}[spec.answers]
        raise BadInput(
            f"{spec.label} answers with {noun}, not with a value for each input; ask it through {where} or "
            f"`gradclinic explain RUN --method {key}`, or choose another method."
        )
    return spec
