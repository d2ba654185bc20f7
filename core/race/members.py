"""Members of a race: one training each, of one lane with one seed on one task, in one stage. No torch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from core.optim.catalogue import OPTIMIZERS
from core.race.recipe import Lane, Race
from core.recipe.base import Params
from core.recipe.parts import Recipe
from core.registry import ParamValue

STAGES = ("tuning", "race", "sensitivity")
STAGE_WORDS = {
    "tuning": "Tuning: the same number of trials for each tuned lane",
    "race": "The race",
    "sensitivity": "Learning-rate sensitivity",
}


@dataclass(frozen=True)
class Member:
    """One training: `number` names its rows, `more` what it changes beyond its lane (a trial, a swept learning rate)."""

    number: int
    stage: str
    task: int
    lane: int
    seed: int
    more: Mapping[str, ParamValue] = field(default_factory=Params)

    def document(self) -> dict[str, Any]:
        """As JSON."""
        return {**asdict(self), "more": dict(self.more)}


def member_of(document: Mapping[str, Any]) -> Member:
    """Undo `Member.document`."""
    return Member(**{**document, "more": Params(document["more"])})


@dataclass
class LaneState:
    """A lane in the course of a race. `state` is racing, frozen or dropped; `chosen` the settings tuned, by task."""

    lane: Lane
    state: str = "racing"
    chosen: dict[int, dict[str, ParamValue]] = field(default_factory=dict)
    added_at: int = 0

    def document(self) -> dict[str, Any]:
        """As JSON."""
        chosen = {str(task): changes for task, changes in self.chosen.items()}
        return {**self.lane.document(), "state": self.state, "chosen": chosen, "added_at": self.added_at}


def lane_state_of(document: Mapping[str, Any]) -> LaneState:
    """Undo `LaneState.document`."""
    lane = Lane(document["name"], Params(document["changes"]), bool(document.get("tuned")))
    chosen = {int(task): dict(changes) for task, changes in document["chosen"].items()}
    return LaneState(lane, document["state"], chosen, document["added_at"])


def recipe_of(race: Race, lane: LaneState, member: Member) -> Recipe:
    """What `member` trains: just this, also when it trains alone (`gradclinic train`)."""
    chosen = {} if member.stage == "tuning" else lane.chosen.get(member.task, {})
    return race.recipe(lane.lane, member.task, member.seed, {**chosen, **member.more})


def stage_members(race: Race, lanes: list[tuple[int, LaneState]], stage: str, first: int) -> list[Member]:
    """Who trains in `stage` for `lanes` (number, state); numbers count from `first`."""
    found: list[tuple[int, int, int, Mapping[str, ParamValue]]] = []
    for task in range(len(race.tasks)):
        for number, lane in lanes:
            if stage == "race":
                found += [(task, number, seed, Params()) for seed in race.seed_numbers]
            elif stage == "tuning" and lane.lane.tuned:
                found += [(task, number, race.tuning_seed, Params(trial)) for trial in trials(race, lane.lane, task)]
            elif stage == "sensitivity" and race.sweep and task == 0:
                rates = swept_rates(race, lane)
                found += [(0, number, seed, Params({"optim.lr": lr})) for lr in rates for seed in race.seed_numbers]
    return [Member(first + i, stage, *one) for i, one in enumerate(found)]


def swept_rates(race: Race, lane: LaneState) -> list[float]:
    """The learning rates of the sensitivity curve: evenly spaced on a log scale over the optimizer's range."""
    key = race.recipe(lane.lane, 0).optim.key
    low, high = OPTIMIZERS[key].lr_range
    return (
        [float(f"{lr:.3g}") for lr in np.geomspace(low, high, race.sweep)] if race.sweep > 1 else [lane_lr(race, lane)]
    )


def lane_lr(race: Race, lane: LaneState) -> float:
    """The learning rate that the lane races with on the first task."""
    return race.recipe(lane.lane, 0, more=lane.chosen.get(0, {})).optim.lr


def trials(race: Race, lane: Lane, task: int) -> list[dict[str, ParamValue]]:
    """Changes to try for a tuned lane: `race.trials` draws from its optimizer's search space."""
    from core.optim.search_space import sample

    spec = OPTIMIZERS[race.recipe(lane, task).optim.key]
    return [
        {f"optim.{name}": value for name, value in trial.items()}
        for trial in sample(spec.search_space, race.trials, race.tuning_seed)
    ]
