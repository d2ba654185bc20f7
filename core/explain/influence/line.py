"""What influence is traced along: a model in eval mode, the loss that it was trained with, and moments of its training."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from core.data.base import Prepared
from core.errors import BadInput
from core.explain.base import never, silent
from core.explain.influence.cautions import cautions
from core.explain.influence.points import Point, saved_points
from core.explain.influence.retrace import retraced
from core.explain.scan import scan
from core.optim.catalogue import OPTIMIZERS
from core.recipe.codec import parse_recipe, with_changes
from core.store.workspace import Run
from core.train import state
from core.train.plan import Plan, make_plan
from core.train.seeds import put_streams, take_streams

LEAST_CHECKPOINTS = 2


@dataclass(frozen=True, eq=False)
class Line:
    """What influence is traced along, up to the checkpoint that is explained.

    `model` is a copy in eval mode, without surgery: its weights are those of the training, each of them once. `loss`
    is a plain mean over rows of (outputs (n, k), targets (n,)). `last` is the path of the linear layer that puts the
    outputs out. `points` stand in the order of their steps; `end` is the moment that is explained. `notes` are
    sentences for the user, and `cautions` those on what its gradients leave out.
    """

    model: nn.Module
    loss: Callable[[torch.Tensor, torch.Tensor], torch.Tensor]
    last: str
    points: tuple[Point, ...]
    end: Point
    notes: tuple[str, ...] = ()
    cautions: tuple[str, ...] = ()

    @property
    def device(self) -> torch.device:
        """Where the model is."""
        return next(self.model.parameters()).device

    def tensor(self, x: np.ndarray) -> torch.Tensor:
        """Rows (n, *shape), or targets (n,), on the device: whole numbers as int64, others as float32."""
        kind = np.int64 if np.issubdtype(x.dtype, np.integer) else np.float32
        return torch.as_tensor(np.ascontiguousarray(x, kind), device=self.device)

    def explained(self) -> nn.Module:
        """The model that is explained."""
        return self.at(self.end)

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
    line = Line(copy.deepcopy(model).eval(), loss, "", points, points[-1], notes)
    return replace(line, last=last_linear(line.model, line.tensor(x[:2])))


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
        raise BadInput(
            f"{found[0]} runs {facts.calls[found[0]]} times in a pass; give the outputs a linear layer of their own."
        )
    return found[0]


def run_line(
    run: Run,
    step: int | None = None,
    uploads: Path | None = None,
    data: Prepared | None = None,
    *,
    retrace: bool = True,
    should_stop: Callable[[], bool] = never,
    progress: Callable[[float], None] = silent,
) -> tuple[Line, Prepared]:
    """The line of a run up to its checkpoint at `step` (None = the newest), and its data; `data` spares loading them.

    Its points are the checkpoints on disk, or, with `retrace`, those of the same training repeated, where it was short.

    Raises:
        BadInput: when the run can't be rebuilt, a checkpoint does not fit, or there are fewer than two.
        Cancelled: when `should_stop()` says so.
    """
    if run.watched or run.is_race:
        what = "was watched in a program of its own, which alone can build its model" if run.watched else "is a race"
        raise BadInput(f"{run.id} {what}; ask about a run that was trained here.")
    known = [checkpoint.step for checkpoint in run.checkpoints.list()]
    step = max(known, default=0) if step is None else step
    if known and step not in known:
        raise BadInput(f"Run {run.id} has no checkpoint at step {step}; it has {', '.join(map(str, known))}.")
    plan = _plan(run, uploads, data)
    points, notes = saved_points(run, plan, step)
    line = make_line(plan.model, plan.loss, points, plan.data.x_train, (*notes, _about_steps(plan)))
    line = replace(line, cautions=cautions(plan.recipe, plan.data))
    if retrace:
        more, words = retraced(run, step, uploads, plan.data, should_stop=should_stop, progress=progress)
        line = replace(line, points=more or points, notes=(words, *line.notes))
    return line, plan.data


def _plan(run: Run, uploads: Path | None, data: Prepared | None) -> Plan:
    recipe = parse_recipe(run.document())
    changes: dict[str, Any] = {"train.device": "auto", "train.precision": "fp32", "train.compile": False}
    if recipe.train.fault == "sorted_rows":  # rows are named by their place in the data
        changes["train.fault"] = "none"
    recipe = with_changes(recipe, changes)
    streams = take_streams()
    try:
        return make_plan(recipe, uploads, data)
    finally:
        put_streams(streams)


def _about_steps(plan: Plan) -> str:
    optim = plan.recipe.optim
    if optim.key == "sgd":
        return "The steps were plain gradient descent, for which the formula is made."
    return (
        f"The formula takes every step for plain gradient descent; {OPTIMIZERS[optim.key].label} moved the weights otherwise, "
        "so read the order of the rows, not the size of the numbers."
    )
