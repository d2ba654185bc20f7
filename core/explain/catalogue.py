"""The explanation methods to choose from. No torch."""

from __future__ import annotations

from typing import NamedTuple

from core.errors import BadInput
from core.explain.base import ExplainSpec
from core.explain.entries.concepts import CONCEPTS
from core.explain.entries.gradient import GRADIENT
from core.explain.entries.influence import INFLUENCE
from core.explain.entries.layers import LAYERS
from core.explain.entries.perturbation import PERTURBATION
from core.explain.entries.shap_entries import SHAP
from core.explain.entries.shapley import SHAPLEY
from core.registry import Catalogue

EXPLANATIONS: Catalogue[ExplainSpec] = Catalogue(
    "explanation", (*SHAPLEY, *GRADIENT, *PERTURBATION, *LAYERS, *SHAP, *INFLUENCE, *CONCEPTS)
)
ATTRIBUTIONS = tuple(key for key, spec in EXPLANATIONS.items() if spec.answers == "attribution")


class Defaults(NamedTuple):
    """What to ask first of a kind of data, a second opinion by another way, and what is quick enough to follow training."""

    method: str
    second: str
    live: str


DEFAULTS: dict[str, Defaults] = {
    "tabular": Defaults("shapley", "integrated_gradients", "saliency"),
    "image": Defaults("integrated_gradients", "occlusion", "layer_grad_cam"),
    "sequence": Defaults("integrated_gradients", "feature_ablation", "saliency"),
    "text": Defaults("layer_integrated_gradients", "feature_ablation", "saliency"),
}
LIVE_ANYWHERE = "saliency"  # in the place of a live method that a model refuses: Grad-CAM without a convolution


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
