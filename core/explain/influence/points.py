"""Moments of a training: steps, the learning rates in force there, and the weights."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from core.optim.catalogue import OPTIMIZERS
from core.store.workspace import Run
from core.train import state
from core.train.live_settings import LiveSettings
from core.train.plan import Plan

MOST_POINTS = 12


@dataclass(frozen=True, eq=False)
class Point:
    """A moment of a training: the step, the learning rate in force there, and the weights, read when asked for.

    `share` says for how many steps it stands, relative to the mean of all points: 1 in the formula as it was published.
    """

    step: int
    rate: float
    weights: Callable[[], Mapping[str, Any]]
    share: float = 1.0


def saved_points(run: Run, plan: Plan, until: int) -> tuple[tuple[Point, ...], tuple[str, ...]]:
    """The run's checkpoints on disk up to step `until`, in order, and sentences about what was left out.

    Checkpoints with the very same weights count once: the last one of a run that was stopped early holds its best
    ones. Of more than MOST_POINTS those nearest to even steps stay, the first and the last among them.

    Raises:
        BadInput: when a checkpoint can't be read.
    """
    points, seen, repeated, notes = [], set(), 0, []
    for checkpoint in run.checkpoints.list():
        if checkpoint.step > until:
            break
        saved = state.load(run.checkpoints.path(checkpoint.step), plan.device)
        digest = state.tensors_hash(trained_weights(saved))
        if digest in seen:
            repeated += 1
            continue
        seen.add(digest)
        points.append(Point(checkpoint.step, rate_of(plan, saved), saved_reader(run, checkpoint.step, plan.device)))
    if repeated:
        notes.append(f"Checkpoints with the same weights as an earlier one were left out ({repeated}).")
    if len(points) > MOST_POINTS:
        wanted = np.linspace(0, points[-1].step, MOST_POINTS)
        kept = sorted({min(range(len(points)), key=lambda i: abs(points[i].step - step)) for step in wanted})
        notes.append(f"Took {len(kept)} of {len(points)} checkpoints, at steps as even as they come.")
        points = [points[i] for i in kept]
    return tuple(points), tuple(notes)


def rate_of(plan: Plan, saved: Mapping[str, Any]) -> float:
    """The learning rate in force at a captured state: of the step before it, or of the first one at the start.

    The optimizer's state holds it as the schedule, live changes and a factor that it learned itself have made it.
    """
    step = int(saved["progress"]["step"])
    if step == 0:
        settings = LiveSettings(**saved["progress"]["settings"])
        return settings.lr * plan.factor(0, settings)
    group = saved["optimizer"]["param_groups"][0]
    learned = OPTIMIZERS[plan.recipe.optim.key].learned_scale
    return float(group["lr"]) * (float(group[learned]) if learned else 1.0)


def trained_weights(saved: Mapping[str, Any]) -> Mapping[str, Any]:
    """The weights that the steps were taken from: where an average is evaluated, those beneath it."""
    found: Mapping[str, Any] = saved.get("training_model", saved["model"])
    return found


def saved_reader(run: Run, step: int, device: torch.device) -> Callable[[], Mapping[str, Any]]:
    """What reads the weights of a checkpoint when it is called."""
    return lambda: trained_weights(state.load(run.checkpoints.path(step), device))
