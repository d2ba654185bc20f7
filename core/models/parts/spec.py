"""The catalogue entries of what a model is made of: activation, norm, initialisation. No torch."""

from __future__ import annotations

from dataclasses import dataclass

from core.registry import Spec


@dataclass(frozen=True, kw_only=True)
class ActivationSpec(Spec):
    """An activation. `build()` returns a module; its outputs lie in `lowest`..`highest` (None: unbounded)."""

    lowest: float | None = None
    highest: float | None = None


@dataclass(frozen=True, kw_only=True)
class NormSpec(Spec):
    """A normalisation. `build(features, axes)` returns a module, see core.models.parts.norms.make_norm.

    With `of_weights`, `build(layer)` returns a parametrisation of the layer's weight instead, see
    core.models.parts.weight_norms.normalise_weight.
    """

    of_weights: bool = False


@dataclass(frozen=True, kw_only=True)
class InitialisationSpec(Spec):
    """An initialisation. `build(model, activation, **params)` fills the weights from torch's global generator."""
