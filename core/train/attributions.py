"""The trainer's record of what its predictions rest on: attributions of fixed rows at evaluations, inside a budget of time."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import torch

from core.errors import ClinicError
from core.explain.baselines import baseline
from core.explain.methods.common import seeded
from core.explain.path import POINTS, FixedRows
from core.explain.records import Record, Records, fixed_samples
from core.explain.scope import why_not_explained
from core.explain.trust.completeness import WITHHELD
from core.store.rows import RunWriter
from core.store.workspace import Run
from core.train import state
from core.train.plan import Plan

LARGEST_SHARE = 0.02
GRACE_SECONDS = 1.0
MOST_POINTS = 100


@dataclass
class Allowance:
    """Seconds that recording may take in all: LARGEST_SHARE of the training's, or `grace` where that is more.

    They are spent so that half of the records fall into the first quarter of the training, when attributions move most;
    room is kept for the last one. Nothing is recorded where not even the first and the last fit in.
    """

    grace: float = GRACE_SECONDS
    spent: float = 0.0
    first: float = 0.0
    each: float = math.inf

    def book(self, seconds: float, each: float) -> None:
        """One more record took `seconds`, of which the next one will take `each`."""
        self.spent += seconds
        self.first, self.each = self.first or self.spent, each

    def due(self, progress: float, training_seconds: float) -> bool:
        """Whether to record now, a share `progress` into a training that has taken `training_seconds`."""
        whole = max(self.grace, LARGEST_SHARE * training_seconds / progress if progress > 0 else 0.0)
        if not self.first:
            return self.spent + 2 * self.each <= whole
        return self.spent - self.first + self.each <= (whole - self.first - self.each) * math.sqrt(progress)


class AttributionRecorder:
    """Records the attributions of one model over its training on `plan` into `records`.

    It runs a copy; the model, its mode, its gradients and all random streams stay as they are. What goes wrong ends the
    recording and never the training: `stopped` then holds the reason, which `told` is given once.

    weights  gives the state dict to explain, of a model like the plan's
    start    the step that the run began with: a fork begins where it left its parent
    step     where it stands: what an earlier attempt recorded beyond it is taken back
    grace    seconds that recording may always take
    """

    def __init__(
        self,
        records: Records,
        plan: Plan,
        weights: Callable[[], Mapping[str, torch.Tensor]],
        *,
        start: int = 0,
        step: int = 0,
        grace: float = GRACE_SECONDS,
        told: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._records, self._plan, self._weights, self._start, self._told = records, plan, weights, start, told
        self._wish = "off" if why_not_explained(plan.recipe) else plan.recipe.record.attributions
        self.stopped = ""
        self._followed: FixedRows | None = None
        self._allowance, self._spent = Allowance(grace), 0.0
        cpu = plan.device.type == "cpu" and plan.recipe.train.threads == 1
        self._clock = time.thread_time if cpu else time.perf_counter  # what others do on the machine is not our cost
        records.forget_after(step)
        self._steps = records.steps()
        if self._steps and (last := records.get(self._steps[-1])) and (first := records.get(self._steps[0])):
            self._allowance, self._spent = Allowance(grace, last.spent, first.spent, last.seconds), last.spent

    def look(self, step: int, total_steps: int, training_seconds: float, *, last: bool = False) -> bool:
        """At step `step` of `total_steps`, after an evaluation: record if it is time; True then.

        The `last` look completes what the first one has begun, and takes the place of a record of the same step.
        """
        if self._wish == "off" or self.stopped or (step <= self.newest() and not last):
            return False
        begun, worked = time.perf_counter(), self._clock()
        try:
            with seeded(0):
                done = (step - self._start) / max(total_steps - self._start, 1)
                if not self._due(min(done, 1.0), training_seconds, last):
                    self._allowance.spent += self._clock() - worked
                    return False
                self._record(step, training_seconds, begun, worked)
        except Exception as error:
            known = isinstance(error, ClinicError)
            self.stopped = str(error) if known else f"{type(error).__name__}: {str(error)[:200]}"
            self._told(self.stopped)
            return False
        finally:
            self._spent += time.perf_counter() - begun
        return True

    def newest(self) -> int:
        """The step of the newest record, or -1."""
        return self._steps[-1] if self._steps else -1

    def figures(self, training_seconds: float) -> dict[str, Any]:
        """What it has cost so far, JSON-able: seconds, their share of the training's, number of records, why it stopped."""
        share = self._spent / training_seconds if training_seconds > 0 else 0.0
        return {"seconds": self._spent, "share": share, "records": len(self._steps), "stopped": self.stopped}

    def _due(self, progress: float, training_seconds: float, last: bool) -> bool:
        if self._wish == "on":
            return True
        if last:
            return bool(self._steps)
        if math.isinf(self._allowance.each):
            self._try_out()
        return self._allowance.due(progress, training_seconds)

    def _try_out(self) -> None:
        """Estimate from one batch of points what a record will take; the point before it warms up."""
        followed, weights = self._follow(), self._weights()
        followed.explain(weights, points=1)
        worked, points = self._clock(), min(POINTS, followed.points_at_once)
        followed.explain(weights, points)
        self._allowance.each = POINTS / points * (self._clock() - worked)

    def _record(self, step: int, training_seconds: float, begun: float, worked: float) -> None:
        followed = self._follow()
        ready, points = self._clock(), POINTS
        found = followed.explain(self._weights(), points)
        while found.gap > WITHHELD and 2 * points <= MOST_POINTS:  # rather than lose it
            points *= 2
            found = followed.explain(self._weights(), points)
        seconds = time.perf_counter() - begun
        self._records.put(
            Record(
                step=step,
                epoch=step / self._plan.steps_per_epoch,
                values=found.values,
                output=found.output,
                base_value=found.base_value,
                gap=found.gap,
                points=points,
                seconds=seconds,
                spent=self._spent + seconds,
                training_seconds=training_seconds,
            )
        )
        now = self._clock()
        self._allowance.book(now - worked, each=now - ready)
        self._steps = self._records.steps()

    def _follow(self) -> FixedRows:
        """The copy to explain with, made when it is first needed."""
        if self._followed is None:
            data = self._plan.data
            samples = fixed_samples(data)
            self._records.begin(samples)
            self._followed = FixedRows(self._plan.model, samples.x, samples.target, baseline(data).values, data.kind)
        return self._followed


def attributions_of(run: Run, plan: Plan, progress: state.Progress, writer: RunWriter) -> AttributionRecorder:
    """The recorder of a run that stands at `progress`; what stops it becomes an entry of the run's history."""
    return AttributionRecorder(
        Records(run.attributions),
        plan,
        lambda: state.weights_to_use(plan),
        start=int(run.origin().get("step", 0)),
        step=progress.step,
        told=lambda reason: writer.event(progress.step, "attributions_stopped", reason=reason),
    )
