"""A lesson as a typed document: a question, a prediction, an experiment, what it shows, and an exercise. No torch."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from core.data.catalogue import DATASETS
from core.race.recipe import Race, parse_race
from core.recipe.base import Params
from core.recipe.codec import to_document, with_changes
from core.recipe.parts import Recipe
from core.registry import ParamValue

KINDS = ("race", "runs", "live")
"""race: arms side by side, each with three seeds; runs: one plain run for each arm; live: one run, changed while it trains."""
SEEDS = 3
RELATIONS = {
    "above": "is higher than that of the other arm by at least the amount",
    "times": "is at least so many times that of the other arm",
    "at_least": "is the amount or more",
    "at_most": "is the amount or less",
}
PANELS = {
    "race": {
        "score": "Validation score",
        "loss": "Training loss",
        "finals": "Seed by seed",
        "arrival": "When the target is reached",
        "gradient_norm": "Gradient norm",
        "update_ratio": "Update ratio",
        "lr": "Learning rate",
    },
    "runs": {
        "loss": "Loss",
        "metric": "Quality",
        "lr": "Learning rate and speed",
        "gradient": "Gradient norm",
        "heat": "Gradients, layer by layer",
        "flow": "Gradient flow over depth",
        "update": "Weights",
        "health": "Activations",
        "spread": "Signal over depth",
    },
}
PLACEHOLDER = re.compile(r"\{(\w+): ([^{}]+?)(?: (/|-) ([^{}]+?))?\}")


@dataclass(frozen=True)
class Prediction:
    """What the visitor commits to: `asks`, the `options`, and the place of the `right` one (from 0)."""

    asks: str
    options: tuple[str, ...]
    right: int


@dataclass(frozen=True)
class Arm:
    """One variant of the experiment: what it changes in the base recipe."""

    name: str
    changes: Mapping[str, ParamValue] = field(default_factory=Params)


@dataclass(frozen=True)
class Action:
    """What the visitor changes while a live run trains. The test does so after `after` epochs."""

    setting: str
    value: ParamValue
    label: str
    after: int = 10


@dataclass(frozen=True)
class Experiment:
    """Arms that train the same thing. `kind` is one of KINDS; `action` stands in a live one only."""

    kind: str
    base: Recipe
    arms: tuple[Arm, ...]
    score: str = "metric"
    action: Action | None = None

    def recipe(self, arm: Arm, seed: int | None = None) -> Recipe:
        """What `arm` trains with `seed`.

        Raises:
            RecipeError: with every fault.
        """
        return with_changes(self.base, {**arm.changes, "seed": self.base.seed if seed is None else seed})

    def race(self, name: str) -> Race:
        """The experiment as a race of its arms.

        Raises:
            RecipeError: with every fault.
        """
        base = to_document(self.base)
        base.pop("name")
        lanes = [{"name": arm.name, "changes": dict(arm.changes)} for arm in self.arms]
        return parse_race(
            {"kind": "race", "name": name, "seeds": SEEDS, "score": self.score, "base": base, "lanes": lanes}
        )


@dataclass(frozen=True)
class Claim:
    """What is measured of an arm, as `relation` to `amount`: see RELATIONS. `other` is the arm it is held against, if any."""

    measure: str
    arm: str
    relation: str
    amount: float
    other: str = ""


@dataclass(frozen=True)
class Exercise:
    """One task: change the recipe of `arm` until `measure` is at_least or at_most `limit`, with the settings in `keep` as they are.

    `solution` is one set of changes that does it.
    """

    task: str
    arm: str
    measure: str
    limit: float
    at_least: bool
    keep: tuple[str, ...]
    solution: Mapping[str, ParamValue]


@dataclass(frozen=True)
class Lesson:
    """One lesson. `watch` are (panel, what to see); `measures` those that claims and answer speak of, in order."""

    key: str
    title: str
    minutes: int
    asks: str
    background: str
    prediction: Prediction
    experiment: Experiment
    claims: tuple[Claim, ...]
    watch: tuple[tuple[str, str], ...]
    answer: str
    exercise: Exercise

    @property
    def measures(self) -> list[str]:
        """Keys of the measures that the claims and the answer rest on."""
        named = [claim.measure for claim in self.claims] + [found[0] for found in PLACEHOLDER.findall(self.answer)]
        return list(dict.fromkeys(named))

    @property
    def arm_names(self) -> list[str]:
        """The arms, in order."""
        return [arm.name for arm in self.experiment.arms]

    def panels(self) -> dict[str, str]:
        """Titles of the charts that its experiment shows."""
        if self.experiment.kind != "race":
            return PANELS["runs"]
        score = "R²" if DATASETS[self.experiment.base.data.key].task == "regression" else "accuracy"
        return {**PANELS["race"], "score": f"Validation {'loss' if self.experiment.score == 'loss' else score}"}
