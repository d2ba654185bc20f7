"""One training line to trace influence along: a run's model in eval mode, its loss, and its checkpoints with their rates."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from core.data.base import Prepared
from core.errors import BadInput
from core.explain.scan import scan
from core.optim.catalogue import OPTIMIZERS
from core.recipe.codec import parse_recipe, with_changes
from core.store.workspace import Run
from core.train import state
from core.train.live_settings import LiveSettings
from core.train.plan import Plan, make_plan
from core.train.seeds import put_streams, take_streams

LEAST_CHECKPOINTS = 2
MOST_CHECKPOINTS = 12


@dataclass(frozen=True, eq=False)
class Point:
    """A moment of a training: the step, the learning rate in force there, and the weights, read when asked for."""

    step: int
    rate: float
    weights: Callable[[], Mapping[str, Any]]


@dataclass(frozen=True, eq=False)
class Line:
    """What influence is traced along.

    `model` is a copy in eval mode, without surgery: its weights are those of the training, each of them once. `loss`
    is a plain mean over rows of (outputs (n, k), targets (n,)). `last` is the path of the linear layer that puts the
    outputs out. `points` stand in the order of their steps. `notes` are sentences for the user.
    """

    model: nn.Module
    loss: Callable[[torch.Tensor, torch.Tensor], torch.Tensor]
    last: str
    points: tuple[Point, ...]
    notes: tuple[str, ...] = ()

    @property
    def device(self) -> torch.device:
        """Where the model is."""
        return next(self.model.parameters()).device

    def tensor(self, x: np.ndarray) -> torch.Tensor:
        """Rows (n, *shape), or targets (n,), on the device: whole numbers as int64, others as float32."""
        kind = np.int64 if np.issubdtype(x.dtype, np.integer) else np.float32
        return torch.as_tensor(np.ascontiguousarray(x, kind), device=self.device)

    def at(self, point: Point) -> nn.Module:
        """The model with the weights of `point`, every one of them, still in eval mode.

        Raises:
            BadInput: when they do not fit.
        """
        state.load_weights(self.model, {"model": point.weights()})
        return self.model.eval()


def make_line(
    model: nn.Module,
    loss: Callable[[torch.Tensor, torch.Tensor], torch.Tensor],
    points: tuple[Point, ...],
    x: np.ndarray,
    notes: tuple[str, ...] = (),
) -> Line:
    """A line of any model and points; rows `x` (2 or more) are run to find its last layer. `model` is not touched.

    Raises:
        BadInput: when there are fewer than two points, or the outputs do not come straight from one linear layer.
    """
    if len(points) < LEAST_CHECKPOINTS:
        raise BadInput(
            f"Influence is a sum over checkpoints, and there {'is' if len(points) == 1 else 'are'} {len(points)} with weights "
            "of its own; train further, lower train.checkpoint_every, or press Checkpoint while it trains."
        )
    line = Line(copy.deepcopy(model).eval(), loss, "", points, notes)
    return Line(line.model, loss, last_linear(line.model, line.tensor(x[:2])), points, notes)


def last_linear(model: nn.Module, rows: torch.Tensor) -> str:
    """The path of the linear layer whose output is the model's.

    Raises:
        BadInput: when there is none, or it runs more than once in a pass.
    """
    facts = scan(model, lambda: model(rows))
    found = [path for path in facts.ends if facts.kinds.get(path) is nn.Linear]
    if not found:
        raise BadInput(
            "The outputs of this model do not come straight from one nn.Linear, at which influence is computed; end it with "
            "a linear layer that puts out the logits, without a softmax or a change of them after it."
        )
    if facts.calls[found[0]] > 1:
        raise BadInput(f"{found[0]} runs {facts.calls[found[0]]} times in a pass; give the outputs a linear layer of their own.")
    return found[0]


def run_line(run: Run, uploads: Path | None = None, data: Prepared | None = None) -> tuple[Line, Prepared]:
    """The line of a run from its checkpoints on disk, and its data; `data` spares loading them again.

    Checkpoints with the very same weights count once: the last one of a run that was stopped early holds its best
    ones. Of more than MOST_CHECKPOINTS those nearest to even steps stay, the first and the last among them.

    Raises:
        BadInput: when the run can't be rebuilt, a checkpoint does not fit, or there are fewer than two.
    """
    if run.watched or run.is_race:
        what = "was watched in a program of its own, which alone can build its model" if run.watched else "is a race"
        raise BadInput(f"{run.id} {what}; ask about a run that was trained here.")
    known = run.checkpoints.list()
    plan = _plan(run, uploads, data)
    points, seen, repeated = [], set(), 0
    for checkpoint in known:
        saved = state.load(run.checkpoints.path(checkpoint.step), plan.device)
        digest = state.tensors_hash(_trained(saved))
        if digest in seen:
            repeated += 1
            continue
        seen.add(digest)
        points.append(Point(checkpoint.step, rate(plan, saved), _reader(run, checkpoint.step, plan.device)))
    notes = [_about_steps(plan)]
    if repeated:
        notes.append(f"{repeated} more with the same weights as another one {'counts' if repeated == 1 else 'count'} once.")
    if len(points) > MOST_CHECKPOINTS:
        wanted = np.linspace(0, points[-1].step, MOST_CHECKPOINTS)
        kept = sorted({min(range(len(points)), key=lambda i: abs(points[i].step - step)) for step in wanted})
        notes.append(f"Took {len(kept)} of {len(points)} checkpoints, at steps as even as they come.")
        points = [points[i] for i in kept]
    return make_line(plan.model, plan.loss, tuple(points), plan.data.x_train, tuple(notes)), plan.data


def rate(plan: Plan, saved: Mapping[str, Any]) -> float:
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


def _plan(run: Run, uploads: Path | None, data: Prepared | None) -> Plan:
    recipe = with_changes(
        parse_recipe(run.document()), {"train.device": "auto", "train.precision": "fp32", "train.compile": False}
    )
    streams = take_streams()
    try:
        return make_plan(recipe, uploads, data)
    finally:
        put_streams(streams)


def _trained(saved: Mapping[str, Any]) -> Mapping[str, Any]:
    """The weights that the steps were taken from: where an average is evaluated, those beneath it."""
    found: Mapping[str, Any] = saved.get("training_model", saved["model"])
    return found


def _reader(run: Run, step: int, device: torch.device) -> Callable[[], Mapping[str, Any]]:
    return lambda: _trained(state.load(run.checkpoints.path(step), device))


def _about_steps(plan: Plan) -> str:
    optim = plan.recipe.optim
    if optim.key == "sgd":
        return "The steps were plain gradient descent, for which the formula is made."
    return (
        f"The formula takes every step for plain gradient descent; {OPTIMIZERS[optim.key].label} moved the weights otherwise, "
        "so read the order of the rows, not the size of the numbers."
    )
