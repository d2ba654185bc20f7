"""The explanation methods to choose from. No torch."""

from __future__ import annotations

from core.explain.base import ExplainSpec
from core.explain.entries.gradient import GRADIENT
from core.explain.entries.layers import LAYERS
from core.explain.entries.perturbation import PERTURBATION
from core.explain.entries.shap_entries import SHAP
from core.registry import Catalogue

EXPLANATIONS: Catalogue[ExplainSpec] = Catalogue("explanation", (*GRADIENT, *PERTURBATION, *LAYERS, *SHAP))
