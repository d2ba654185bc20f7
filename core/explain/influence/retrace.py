"""More checkpoints of a short training than the disk holds: its steps are trained again, exactly, and weights kept on the way.

The trainer writes a checkpoint every few seconds at most, so that a training of two seconds has its first and its last
one only: too few for a sum over checkpoints that anyone should believe.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from core.data.base import Prepared
from core.errors import BadInput, Cancelled
from core.explain.base import never, silent
from core.explain.influence.points import Point, rate_of, trained_weights
from core.recipe.codec import parse_recipe
from core.store.checkpoints import Checkpoint
from core.store.workspace import Run
from core.train import state
from core.train.events import Unobserved
from core.train.live_settings import LiveSettings
from core.train.loop import train
from core.train.plan import make_plan
from core.train.repetition import Repetition, changes_after
from core.train.seeds import put_streams, take_streams

POINTS = 24
MOST_SECONDS = 30.0
MOST_BYTES = 256 * 2**20


def retraced(
    run: Run,
    until: int,
    uploads: Path | None = None,
    data: Prepared | None = None,
    *,
    should_stop: Callable[[], bool] = never,
    progress: Callable[[float], None] = silent,
) -> tuple[tuple[Point, ...], str]:
    """Up to POINTS points between the run's first checkpoint and that at step `until`, and a sentence that says how they came.

    No points, and the reason, where the training took longer than MOST_SECONDS or the weights together more than
    MOST_BYTES, or where it did not arrive at the very weights of that checkpoint (another machine, another version).

    Raises:
        Cancelled: when `should_stop()` says so between two steps.
    """
    first = run.checkpoints.list()[0]
    streams = take_streams()
    try:
        return _retraced(run, first, until, uploads, data, should_stop, progress)
    except BadInput as error:
        return (), f"It could not be trained again to have more checkpoints: {error}"
    finally:
        put_streams(streams)


def _retraced(
    run: Run,
    start: Checkpoint,
    last: int,
    uploads: Path | None,
    data: Prepared | None,
    should_stop: Callable[[], bool],
    progress: Callable[[float], None],
) -> tuple[tuple[Point, ...], str]:
    first = start.step
    plan = make_plan(parse_recipe(run.document()), uploads, data)
    end = state.load(run.checkpoints.path(last), plan.device)
    begin = state.load(run.checkpoints.path(first), plan.device)
    seconds = end["progress"]["seconds"] - begin["progress"]["seconds"]
    size = sum(weight.nbytes for weight in plan.model.state_dict().values())
    if seconds > MOST_SECONDS or POINTS * size > MOST_BYTES:
        why = f"it took {seconds:.0f} s" if seconds > MOST_SECONDS else f"its weights are {size / 2**20:.0f} MB"
        return (), f"It was not trained again to have more checkpoints, since {why}."
    at = state.Progress(LiveSettings.of(plan.recipe))
    parent_params = run.origin().get("optim_params")
    state.restore(plan, at, begin, forked=start.kind == "fork", parent_params=parent_params)
    points = []
    wanted = stretches(first, last)

    def look() -> None:
        if should_stop():
            raise Cancelled("The search for influential rows was cancelled.")
        progress((at.step - first) / (last - first))
        if at.step in wanted:
            now = state.capture(plan, at)
            points.append(Point(at.step, rate_of(plan, now), _kept(now), wanted[at.step]))

    train(plan, at, Unobserved(), Repetition(plan, at, last, changes_after(run, at.last_command), look))
    arrived = state.tensors_hash(trained_weights(state.capture(plan, at)))
    if at.step != last or arrived != state.tensors_hash(trained_weights(end)):
        return (), "Trained again, it did not arrive at the weights that were saved, so only those on disk were used."
    return tuple(points), (
        f"The training was repeated from step {first:,} to have {len(points)} checkpoints, more of them early, where "
        f"gradients are large, each counted by the steps it stands for; it arrived at the very weights of its checkpoint at step {last:,}."
    )


def stretches(first: int, last: int) -> dict[int, float]:
    """At most POINTS steps between `first` and `last`, and how many steps each stands for, relative to their mean.

    Gradients fall fastest at the start, so that the stretches grow with their number: the i-th ends at (i / POINTS)^2 of
    the way, and is represented by the step in its middle.
    """
    edges = np.unique(first + np.round((last - first) * (np.arange(POINTS + 1) / POINTS) ** 2).astype(int))
    lengths = np.diff(edges)
    middles = edges[:-1] + (lengths + 1) // 2
    return dict(zip(middles.tolist(), (lengths / lengths.mean()).tolist(), strict=True))


def _kept(saved: Mapping[str, Any]) -> Callable[[], Mapping[str, Any]]:
    weights = {name: value.detach().clone() for name, value in trained_weights(saved).items()}
    return lambda: weights
