"""What a claim is: a sentence, the recipes that put it to the test, and the numbers it speaks of. No torch."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, ClassVar

from core.experiments.arms import Arm
from core.experiments.effects import Direction, Kind
from core.experiments.outcome import Outcome
from core.registry import Spec

TUNING_SEEDS = (100, 101)
"""Never among those that a claim is judged on, which count from 0."""
WORDS = {
    "val_accuracy": "validation accuracy",
    "val_error": "validation error",
    "val_loss": "validation loss",
    "val_r2": "validation R²",
    "train_accuracy": "training accuracy",
    "train_loss_eval": "training loss",
    "calibration_error": "expected calibration error",
}
SHARES = ("val_accuracy", "val_error", "train_accuracy", "calibration_error")


@dataclass(frozen=True)
class Number:
    """What is read off a training: `metric` at its end, or the steps until it is at `reaching` or better.

    `metric` is one of an evaluation's, val_error (1 - val_accuracy), or calibration_error, at the end only.
    """

    metric: str
    reaching: float | None = None
    clock: ClassVar[str] = "steps"

    def of(self, outcome: Outcome) -> float:
        """The number; infinite where the goal is never reached, NaN where the training diverged."""
        if self.reaching is not None:
            steps = outcome.steps_to(self.metric, self.reaching)
            return math.inf if steps is None else max(steps, 1) * self._tick(outcome)
        if outcome.diverged:
            return math.nan
        if self.metric == "calibration_error":
            return outcome.calibration_error
        if self.metric == "val_error":
            return 1 - outcome.metrics["val_accuracy"]
        return outcome.metrics[self.metric]

    @property
    def key(self) -> str:
        """A name for the number: val_error, steps_to:val_accuracy:0.9."""
        return self.metric if self.reaching is None else f"{self.clock}_to:{self.metric}:{self.reaching:g}"

    @property
    def words(self) -> str:
        """The number in words: "steps to 90 % validation accuracy"."""
        if self.reaching is None:
            return WORDS[self.metric]
        counted = "CPU seconds" if self.clock == "seconds" else self.clock
        if self.metric in SHARES:
            return f"{counted} to {100 * self.reaching:g} % {WORDS[self.metric]}"
        return f"{counted} to a {WORDS[self.metric]} of {self.reaching:g}"

    @property
    def is_share(self) -> bool:
        """Whether it is a share between 0 and 1, told in points of a hundred."""
        return self.reaching is None and self.metric in SHARES

    @property
    def falls(self) -> bool:
        """Whether less of it is better."""
        return self.reaching is not None or self.metric not in ("val_accuracy", "val_r2", "train_accuracy")

    def resolution(self, outcomes: Sequence[Outcome], evaluate_every: int | None) -> float | None:
        """Its smallest step in the coarsest of these trainings, evaluated so often or once an epoch; None where it has none."""
        if self.reaching is not None:
            return max(
                min(evaluate_every or one.steps_per_epoch, one.steps_per_epoch) * self._tick(one) for one in outcomes
            )
        return 1 / len(outcomes[0].targets) if self.metric in ("val_accuracy", "val_error") else None

    def _tick(self, outcome: Outcome) -> float:
        """What one step counts for."""
        return 1.0


@dataclass(frozen=True)
class CpuTime(Number):
    """The CPU seconds in training steps until `metric` is at `reaching` or better, evaluations not counted.

    For trainings whose steps differ in what they cost. Every step counts as the training's mean one; the seconds are those
    of the machine that measured, and vary with what else it did.
    """

    clock: ClassVar[str] = "seconds"

    def _tick(self, outcome: Outcome) -> float:
        return outcome.seconds / outcome.steps


@dataclass(frozen=True)
class Statement:
    """One thing that a claim says: `number` is lower, or higher, in the arm `treated` than in `control`.

    `size` is by how much, where that is claimed: a share for the kind "ratio", else in the number's unit.
    """

    words: str
    treated: str
    control: str
    number: Number
    moves: Direction
    kind: Kind = "difference"
    size: float | None = None


@dataclass(frozen=True)
class Tuning:
    """Each arm named in `grids` takes the value of `setting` that does best in `number` over seeds of its own."""

    grids: Mapping[str, tuple[float, ...]]
    number: Number
    setting: str = "optim.lr"
    seeds: tuple[int, ...] = TUNING_SEEDS


@dataclass(frozen=True, kw_only=True)
class ClaimSpec(Spec):
    """A claim. `label` is the claim in a few words, `summary` as it is told, `article` what it rests on, with source and year.

    `base` is a recipe document that every arm changes. The first of `says` is what the claim is judged by. Where
    `not_run` holds a sentence, the claim can't be put to the test here, and it says why.
    """

    source: str
    base: Mapping[str, Any] = field(default_factory=dict)
    arms: tuple[Arm, ...] = ()
    says: tuple[Statement, ...] = ()
    seeds: int = 5
    evaluate_every: int | None = None
    tuning: Tuning | None = None
    caution: str = ""
    not_run: str = ""
    build: str = "core.claims.measure:measure"

    @property
    def numbers(self) -> tuple[Number, ...]:
        """Every number that a statement speaks of, once."""
        return tuple(dict.fromkeys(statement.number for statement in self.says))

    def arm(self, key: str) -> Arm:
        """The arm of that key."""
        return next(arm for arm in self.arms if arm.key == key)

    def fingerprint(self) -> str:
        """A short hash of what was asked: recipes, arms, numbers and seeds; not of words, nor of the code."""
        asked = {
            "base": self.base,
            "arms": [[arm.key, dict(arm.changes)] for arm in self.arms],
            "says": [[s.treated, s.control, s.number.key, s.moves, s.kind, s.size] for s in self.says],
            "seeds": self.seeds,
            "evaluate_every": self.evaluate_every,
            "tuning": self.tuning and asdict(self.tuning),
        }
        return hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()[:12]
