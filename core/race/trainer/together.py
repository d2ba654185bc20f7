"""Members that train as one batched computation: each with its own weights, rows and settings, for the price of a few."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from core.errors import BadInput
from core.race.members import Member
from core.race.trainer.tracks import Facts, WindowRow, chained, facts_of, weights_hash
from core.race.windows import COLUMNS, WINDOWS, Grid, LossWindow
from core.recipe.parts import Recipe
from core.train.batched.batch import Batch
from core.train.batched.plans import make_plans
from core.train.batched.worth import why_too_large
from core.train.plan import Plan


class MustTrainAlone(Exception):
    """These members can't share a batch after all; the message says why, for the user."""


class Together:
    """Members whose recipes have one batch_key, trained by core.train.batched: equal to training alone up to rounding."""

    def __init__(self, members: list[Member], recipes: Mapping[int, Recipe], uploads: Path | None) -> None:
        self.members = list(members)
        self._recipes, self._uploads = [recipes[member.number] for member in members], uploads
        self._digests: dict[int, str] = {}
        self._seconds = 0.0
        self.window, self.windows = 0, WINDOWS

    def _build(self) -> None:
        plans = make_plans(self._recipes, self._uploads)
        if reason := why_too_large(plans[0]):
            raise MustTrainAlone(reason)
        hashes = [weights_hash(plan.model) for plan in plans]
        self._rates = [(plan.recipe.optim.lr, plan.schedule) for plan in plans]
        try:
            self._batch = Batch(plans)
        except BadInput as error:
            raise MustTrainAlone(str(error)) from None
        self._grid = Grid.over(self._batch.total_steps)
        self.windows = self._grid.windows
        self._facts = {
            member.number: facts_of(plan, self._grid, digest)
            for member, plan, digest in zip(self.members, plans, hashes, strict=True)
        }
        self._losses = [LossWindow() for _ in self.members]

    def facts(self) -> dict[int, Facts]:
        """Facts of every member."""
        return self._facts

    def begin(self) -> list[WindowRow]:
        """Build, and evaluate before the first step.

        Raises:
            MustTrainAlone: when a batch does not pay, or these members can't share one.
        """
        self._build()
        blank = [math.nan] * len(COLUMNS)
        return [
            WindowRow(member.number, 0, 0.0, blank, metrics)
            for member, metrics in zip(self.members, self._batch.evaluate(), strict=True)
        ]

    def advance(self) -> list[WindowRow]:
        """Train one window. A member's seconds are its share of the batch's."""
        torch.set_num_threads(self._recipes[0].train.threads)
        self.window += 1
        last = self._grid.end(self.window)
        for losses in self._losses:
            losses.clear()
        begun = time.perf_counter()
        while self._batch.step < last:
            for seed, rows in self._batch.next_rows().items():
                self._digests[seed] = chained(self._digests.get(seed, ""), rows)
            figures = self._batch.train_step(measure=self._batch.step + 1 == last)
            for losses, loss in zip(self._losses, figures.loss.tolist(), strict=True):
                losses.add(self._batch.step, loss)
        self._seconds += (time.perf_counter() - begun) / len(self.members)
        assert figures.gradient_norm is not None
        assert figures.update_ratio is not None
        norms, ratios = figures.gradient_norm.tolist(), figures.update_ratio.tolist()
        metrics = self._batch.evaluate() if self._grid.evaluates(self.window) else [None] * len(self.members)
        rates = [lr * schedule(last - 1, self._grid.total) for lr, schedule in self._rates]
        return [
            WindowRow(
                member.number, last, self._seconds, self._losses[i].row(rates[i], norms[i], ratios[i]), metrics[i]
            )
            for i, member in enumerate(self.members)
        ]

    def batches_hash(self, member: int) -> str:
        """sha256 chain over the row numbers of every batch so far."""
        return self._digests[next(one.seed for one in self.members if one.number == member)]

    def plan_of(self, member: int) -> Plan:
        """The plan of that member."""
        return self._batch.plans[self._place(member)]

    def weights_of(self, member: int) -> dict[str, torch.Tensor]:
        """A copy of that member's weights, by the names of its model alone."""
        return self._batch.weights(self._place(member))

    def _place(self, member: int) -> int:
        return next(place for place, one in enumerate(self.members) if one.number == member)

    def capture(self) -> dict[str, Any]:
        """Everything needed to go on exactly."""
        return {
            "window": self.window,
            "digests": {str(seed): digest for seed, digest in self._digests.items()},
            "seconds": self._seconds,
            "batch": self._batch.capture(),
        }

    def restore(self, captured: dict[str, Any]) -> None:
        """Build, and undo to what `capture` returned."""
        self._build()
        self._batch.restore(captured["batch"])
        self.window, self._seconds = captured["window"], captured["seconds"]
        self._digests = {int(seed): digest for seed, digest in captured["digests"].items()}
