"""The learning-rate range test (Smith 2017): train throw-away models while the learning rate rises from step to step."""

from __future__ import annotations

import math
import time
from dataclasses import replace
from pathlib import Path

import numpy as np

from core.errors import BadInput
from core.optim.catalogue import OPTIMIZERS
from core.optim.rate_range import DIVERGED, MEMORY, RangeTest, read_range
from core.recipe.parts import Recipe, SchedulePart
from core.train.events import Unobserved
from core.train.live_settings import LiveSettings
from core.train.loop import epoch_batches, train_step
from core.train.plan import make_plan
from core.train.state import Progress

STEPS = 150
SEEDS = 3
SECONDS = 8.0  # no further seed when it would take longer together
MOST_SECONDS = 25.0


def find_rate(recipe: Recipe, uploads: Path | None = None, *, steps: int = STEPS, seeds: int = SEEDS) -> RangeTest:
    """Test the learning rates of the optimizer's `lr_range` on `recipe`, whose own rate and schedule play no part.

    Each seed (the recipe's and the next ones) trains a new model; further seeds only while SECONDS allow.

    Raises:
        BadInput: when the model can't be built, or one seed would take longer than MOST_SECONDS.
    """
    low, high = OPTIMIZERS[recipe.optim.key].lr_range
    lrs = np.geomspace(low, high, steps)
    losses: list[list[float]] = []
    begun = time.monotonic()
    for number in range(seeds):
        losses.append(_ramp(replace(recipe, seed=recipe.seed + number), lrs, uploads))
        if (time.monotonic() - begun) * (number + 2) / (number + 1) > SECONDS:
            break
    return read_range(lrs.tolist(), losses)


def _ramp(recipe: Recipe, lrs: np.ndarray, uploads: Path | None) -> list[float]:
    """Losses of one new model, one for each learning rate until it diverges."""
    plan = make_plan(replace(recipe, schedule=SchedulePart()), uploads)
    plan.schedule = lambda step, total: float(lrs[step])
    progress = Progress(replace(LiveSettings.of(recipe), lr=1.0))
    begun, average, best = time.monotonic(), 0.0, math.inf
    losses: list[float] = []
    while progress.step < len(lrs):
        for rows in epoch_batches(plan, progress):
            loss = float(train_step(plan, progress, Unobserved(), rows))
            progress.step += 1
            if not math.isfinite(loss):
                return losses
            losses.append(loss)
            average = MEMORY * average + (1 - MEMORY) * loss
            smooth = average / (1 - MEMORY**progress.step)
            best = min(best, smooth)
            if smooth > DIVERGED * best:
                return losses[:-1]
            if progress.step == len(lrs):
                return losses
            seconds = time.monotonic() - begun
            if progress.step == 10 and seconds * len(lrs) / 10 > MOST_SECONDS:
                raise BadInput(
                    f"{len(lrs)} steps of this recipe take about {seconds * len(lrs) / 10:.0f} s, more than the "
                    f"{MOST_SECONDS:.0f} s a search for a learning rate may take; take a smaller model or batch."
                )
    return losses
