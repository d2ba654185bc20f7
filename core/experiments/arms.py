"""Arms against seeds: variants of a recipe, each trained with the same seeds. No torch until something is trained."""

from __future__ import annotations

import hashlib
import json
import os
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.errors import Cancelled
from core.experiments.outcome import Outcome
from core.recipe.codec import parse_recipe, to_document, with_changes
from core.recipe.parts import Recipe

Measure = Callable[[Outcome], float]
CORE = Path(__file__).resolve().parents[1]
CODE = ("data", "models", "optim", "train", "recipe", "experiments/training.py", "experiments/outcome.py")


@dataclass(frozen=True)
class Arm:
    """One variant: what it changes in the base recipe (dotted settings, as core.recipe.codec.with_changes takes them)."""

    key: str
    label: str
    changes: Mapping[str, Any] = field(default_factory=dict)

    def recipe(self, base: Mapping[str, Any]) -> Recipe:
        """The base recipe with this arm's changes.

        Raises:
            RecipeError: with every fault of the result.
        """
        return with_changes(parse_recipe(base), self.changes)

    def with_changes(self, changes: Mapping[str, Any]) -> Arm:
        """The same arm with further changes."""
        return replace(self, changes={**self.changes, **changes})


@dataclass(frozen=True)
class Table:
    """Outcomes by arm and seed. The same seed has the same split and batches in each arm, so that arms can be paired."""

    arms: tuple[Arm, ...]
    seeds: tuple[int, ...]
    outcomes: Mapping[str, tuple[Outcome, ...]]

    def values(self, arm: str, measure: Measure) -> NDArray[np.float64]:
        """What `measure` says of the outcomes of `arm` (seeds,)."""
        return np.array([measure(outcome) for outcome in self.outcomes[arm]], dtype=float)


def run_arms(
    base: Mapping[str, Any],
    arms: Sequence[Arm],
    seeds: Sequence[int],
    *,
    cache: Path | None = None,
    evaluate_every: int | None = None,
    progress: Callable[[int, int, str], None] = lambda done, total, label: None,
    should_stop: Callable[[], bool] = lambda: False,
) -> Table:
    """Train every arm with every seed, one after the other in this process.

    With a folder `cache`, an outcome found there for the same recipe, seed and code is taken from it. `progress` is
    told how many of how many trainings are done, and the arm that comes next ("" at the end).

    Raises:
        RecipeError: when an arm's recipe is not valid; before anything is trained.
        Cancelled: when `should_stop()` says so between two steps.
    """
    recipes = {arm.key: arm.recipe(base) for arm in arms}
    if len(recipes) != len(arms):
        raise ValueError("an arm's key stands twice")
    found: dict[str, list[Outcome]] = {arm.key: [] for arm in arms}
    total = len(arms) * len(seeds)
    for done, (seed, arm) in enumerate((seed, arm) for seed in seeds for arm in arms):
        progress(done, total, arm.label)
        if should_stop():
            raise Cancelled("The experiment was cancelled.")
        found[arm.key].append(_outcome(recipes[arm.key], seed, cache, evaluate_every, should_stop))
    progress(total, total, "")
    return Table(tuple(arms), tuple(seeds), {key: tuple(outcomes) for key, outcomes in found.items()})


def training_key(recipe: Recipe, seed: int, evaluate_every: int | None) -> str:
    """What a training's outcome depends on, as a short hash; the recipe's name is left out."""
    document = to_document(replace(recipe, name="", seed=seed))
    text = json.dumps([document, evaluate_every, code_hash()], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:20]


@lru_cache
def code_hash() -> str:
    """A short hash of the code that has a say in a training's numbers."""
    digest = hashlib.sha256()
    files = (path for part in CODE for path in ([CORE / part] if part.endswith(".py") else (CORE / part).rglob("*.py")))
    for path in sorted(files):
        digest.update(path.relative_to(CORE).as_posix().encode() + path.read_bytes())
    return digest.hexdigest()[:12]


def _outcome(
    recipe: Recipe, seed: int, cache: Path | None, evaluate_every: int | None, should_stop: Callable[[], bool]
) -> Outcome:
    file = cache / f"{training_key(recipe, seed, evaluate_every)}.npz" if cache else None
    if file is not None and file.exists():
        try:
            return Outcome.from_bytes(file.read_bytes())
        except (OSError, ValueError, KeyError, TypeError, zipfile.BadZipFile):
            pass  # not a whole file: train again
    from core.experiments.training import train_quietly

    outcome = train_quietly(recipe, seed=seed, evaluate_every=evaluate_every, should_stop=should_stop)
    if file is not None:
        file.parent.mkdir(parents=True, exist_ok=True)
        staging = file.with_name(f".{file.name}.{os.getpid()}")
        staging.write_bytes(outcome.to_bytes())
        os.replace(staging, file)
    return outcome
