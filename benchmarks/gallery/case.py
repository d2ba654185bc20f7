"""One member of the gallery: a recipe, the fault it was given, and how to undo only that fault."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from core.recipe.codec import parse_recipe, to_document, with_changes
from core.recipe.parts import Recipe

HEALTHY = "healthy"
MARGIN = 0.2

# Names that count as right for a construction, decided before any diagnosis was looked at.
_INITIAL_SIZE = ("exploding-gradient", "bad-initial-scale", "saturated-activation")
_RATE = ("learning-rate-too-high", "update-ratio-too-high", "dead-relu")
ACCEPTED: Mapping[str, tuple[str, ...]] = {
    "exploding-gradient": _INITIAL_SIZE,  # the init's std is the fault of all three
    "bad-initial-scale": _INITIAL_SIZE,
    "saturated-activation": _INITIAL_SIZE,
    "learning-rate-too-high": ("learning-rate-too-high", "update-ratio-too-high"),
    "update-ratio-too-high": ("learning-rate-too-high", "update-ratio-too-high"),
    "dead-relu": _RATE,  # half of them die of a long step
    "vanishing-over-time": ("vanishing-over-time", "vanishing-gradient"),
}

# No change of a recipe undoes these, so they have no share in the remedies' figures.
WITHOUT_REMEDY = (
    "missing-zero-grad", "wrong-direction", "frozen-parameters", "double-softmax", "non-finite", "class-imbalance",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class GalleryCase:
    """A run of the gallery.

    `inject` names what is done to the plan before training (benchmarks/gallery/injections.py), in order. The twin is the
    same recipe with `repair` (as to with_changes) and with `twin_inject` in place of `inject`. `measure` says which score
    decides the outcome (benchmarks/gallery/outcome.py); `margin` by how much the twin must be better; `reach` what a
    healthy run must score.
    """

    id: str
    fault: str
    document: Mapping[str, Any]
    family: str
    repair: Mapping[str, object] = field(default_factory=dict)
    inject: tuple[str, ...] = ()
    twin_inject: tuple[str, ...] = ()
    measure: str = "train"
    margin: float = MARGIN
    reach: float = 0.0

    @property
    def sick(self) -> bool:
        """Whether a fault was built in."""
        return self.fault != HEALTHY

    @property
    def accepted(self) -> tuple[str, ...]:
        """Names of rules that name this fault."""
        return ACCEPTED.get(self.fault, (self.fault,))

    @property
    def recipe(self) -> Recipe:
        """The recipe, checked."""
        return parse_recipe(self.document)

    @property
    def twin(self) -> Recipe:
        """The recipe with only the fault undone."""
        return with_changes(self.recipe, self.repair)


def training_key(recipe: Recipe, inject: Iterable[str]) -> str:
    """What a training's result depends on, as a short hash; the name is left out."""
    document = {**to_document(recipe), "name": ""}
    text = json.dumps([document, list(inject)], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def halves(cases: Iterable[GalleryCase]) -> dict[str, str]:
    """ "calibration" or "test" for every id: of each fault's cases, ordered by a hash of their ids, every other one."""
    found: dict[str, str] = {}
    by_fault: dict[str, list[str]] = {}
    for case in cases:
        by_fault.setdefault(case.fault, []).append(case.id)
    for number, ids in enumerate(by_fault.values()):
        ordered = sorted(ids, key=lambda name: hashlib.sha256(name.encode()).hexdigest())
        for i, name in enumerate(ordered):
            found[name] = ("calibration", "test")[(i + number) % 2]
    return found
