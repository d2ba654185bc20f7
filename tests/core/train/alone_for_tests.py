"""The reference of a batch: the same recipes through core.train.loop, one after the other."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass

import torch

from core.recipe.parts import Recipe
from core.train.live_settings import LiveSettings
from core.train.loop import epoch_batches, evaluate_now, train_step
from core.train.plan import Plan, make_plan
from core.train.state import Progress


class Silent:
    """An observer that looks away."""

    def step_begins(self, step: int) -> None: ...
    def gradients_ready(self, step: int, loss_scale: float = 1.0) -> None: ...
    def update_begins(self, step: int) -> None: ...
    def evaluating(self, step: int) -> AbstractContextManager[object]:
        return contextlib.nullcontext()

    def step_done(self, step: int, loss: torch.Tensor, lr: float, samples: int) -> bool:
        return False


@dataclass
class Alone:
    """One run after `steps` steps; `losses` (steps,)."""

    plan: Plan
    progress: Progress
    losses: torch.Tensor
    first: dict[str, float]
    last: dict[str, float]


def train_alone(recipe: Recipe, steps: int) -> Alone:
    """`steps` steps of the loop, evaluated before and after."""
    plan = make_plan(recipe)
    progress, silent = Progress(LiveSettings.of(recipe)), Silent()
    first = evaluate_now(plan, progress, silent).metrics
    losses = []
    for rows in itertools.islice(_all_batches(plan, progress), steps):
        losses.append(train_step(plan, progress, silent, rows))
        progress.step += 1
    return Alone(plan, progress, torch.stack(losses), first, evaluate_now(plan, progress, silent).metrics)


def _all_batches(plan: Plan, progress: Progress) -> Iterator[torch.Tensor]:
    while True:
        yield from epoch_batches(plan, progress)
