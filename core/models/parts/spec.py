"""The catalogue entries of what a model is made of: activation, norm, initialisation. No torch."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from dataclasses import dataclass

from core.registry import ParamValue, Spec

SEEN_ROWS = 256


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
    """An initialisation. `build(model, activation, **params)` fills the weights from torch's global generator.

    With `needs_batch` it also takes `batch=`, the first SEEN_ROWS training rows: see core.train.first_weights.
    `check` names a torch-free function "module:function": `check(architecture key, its params)` returns a list of
    sentences that say why the two don't go together.
    """

    needs_batch: bool = False
    check: str = ""

    def faults(self, architecture: str, params: Mapping[str, ParamValue]) -> list[str]:
        """Say all that keeps this initialisation from that architecture with these settings. No torch."""
        if not self.check:
            return []
        module, _, name = self.check.partition(":")
        return list(getattr(importlib.import_module(module), name)(architecture, params))


def stated_activation(params: Mapping[str, ParamValue]) -> str:
    """The activation of a model with these settings as a whole; recurrent gates count as tanh."""
    return str(params.get("activation", "tanh"))
