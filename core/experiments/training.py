"""Train a recipe in this process, on one CPU thread, without files, probes or commands."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from core.errors import Cancelled
from core.experiments.outcome import Moment, Outcome
from core.optim.evaluation import evaluation_weights
from core.recipe.codec import parse_recipe
from core.recipe.parts import Recipe
from core.train import seeds
from core.train.evaluate import EVALUATION_BATCH
from core.train.events import Evaluated, Unobserved
from core.train.live_settings import LiveSettings
from core.train.loop import evaluate_now, train
from core.train.loss_catalogue import LOSSES
from core.train.non_finite import PATIENCE
from core.train.plan import Plan, make_plan
from core.train.state import Progress


def train_quietly(
    document: Mapping[str, Any] | Recipe,
    *,
    seed: int,
    uploads: Path | None = None,
    evaluate_every: int | None = None,
    should_stop: Callable[[], bool] = lambda: False,
) -> Outcome:
    """Train the recipe `document` with `seed`: the numbers are those of a run of the same recipe on the CPU.

    It is evaluated before the first step and after each epoch as always, and after every `evaluate_every` steps if
    that is given. A training that diverges ends as a run does, after 50 losses in a row that are no finite numbers, and
    is an outcome as any other. The random streams and the number of threads of the process are afterwards as before.

    Raises:
        RecipeError: when the document is no valid recipe.
        BadInput: when its parts don't fit each other.
        Cancelled: when `should_stop()` says so between two steps.
    """
    recipe = document if isinstance(document, Recipe) else parse_recipe(document)
    recipe = replace(recipe, seed=seed, train=replace(recipe.train, device="cpu", threads=1, compile=False))
    with _as_before(), np.errstate(over="ignore", invalid="ignore"):
        plan = make_plan(recipe, uploads)
        progress = Progress(LiveSettings.of(recipe))
        session = _Silence(plan, progress, evaluate_every, should_stop)
        train(plan, progress, Unobserved(), session)
        if session.history[-1].step < progress.step:  # it was given up
            session.evaluated(evaluate_now(plan, progress, Unobserved()))
        return Outcome(
            history=tuple(session.history),
            kept=progress.best_step if progress.stopped_early and progress.best_weights else progress.step,
            steps_per_epoch=plan.steps_per_epoch,
            seconds=session.seconds,
            diverged=session.lost_in_a_row > 0 or not math.isfinite(progress.metrics["val_loss"]),
            stopped_early=progress.stopped_early,
            classes=plan.classes,
            link=LOSSES[recipe.loss.key].link,
            outputs=_outputs(plan),
            targets=plan.data.y_val,
        )


class _Silence:
    """A session that obeys nobody, notes the evaluations, and adds some of its own between the loop's."""

    def __init__(
        self, plan: Plan, progress: Progress, evaluate_every: int | None, should_stop: Callable[[], bool]
    ) -> None:
        self.history: list[Moment] = []
        self.lost_in_a_row = 0
        self.seconds = 0.0
        self._plan, self._progress, self._every, self._should_stop = plan, progress, evaluate_every, should_stop
        self._began = time.process_time()

    def before_step(self) -> bool:
        """False once the loss has long been no finite number."""
        if self._should_stop():
            raise Cancelled("The experiment was cancelled.")
        self._began = time.process_time()
        return self.lost_in_a_row < PATIENCE

    def after_step(self, loss: torch.Tensor) -> None:
        """Count what is lost; evaluate where it is due and the loop won't. Patience and best weights know nothing of it."""
        finite = math.isfinite(float(loss))
        self.seconds += time.process_time() - self._began
        self.lost_in_a_row = 0 if finite else self.lost_in_a_row + 1
        step = self._progress.step
        own = step % self._plan.steps_per_epoch == 0 or step == self._plan.total_steps(self._progress.settings)
        if self._every and step % self._every == 0 and not own:
            self.evaluated(evaluate_now(self._plan, replace(self._progress), Unobserved()))

    def evaluated(self, result: Evaluated) -> None:
        """Note it."""
        self.history.append(Moment(result.step, dict(result.metrics)))


@torch.no_grad()
def _outputs(plan: Plan) -> np.ndarray:
    """What the model puts out for the validation rows (rows, outputs) with the weights to use."""
    plan.model.eval()
    with evaluation_weights(plan.optimizer), plan.autocast():
        found = [plan.model(x).float() for x in plan.x_val.split(EVALUATION_BATCH)]
    return np.asarray(torch.cat(found).numpy())


@contextmanager
def _as_before() -> Iterator[None]:
    """Undo what a training does to its process."""
    streams, threads = seeds.take_streams(), torch.get_num_threads()
    try:
        yield
    finally:
        torch.set_num_threads(threads)
        seeds.put_streams(streams)
