"""What a quiet training leaves behind: its evaluations, its last outputs, and how long it took. No torch."""

from __future__ import annotations

import io
import json
import math
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from core.evaluation.calibration import calibration
from core.evaluation.links import PROBABLE, answers

FALLING = ("val_loss", "train_loss_eval", "val_mae")
"""Metrics of which less is better."""


class Moment(NamedTuple):
    """The metrics of one evaluation, after `step` steps; names as core.train.evaluate.run_metrics gives them."""

    step: int
    metrics: dict[str, float]


@dataclass(frozen=True)
class Outcome:
    """How one training went.

    `history` holds every evaluation, that before the first step included. `kept` is the step whose weights the
    training ended with: the last, or the best after early stopping. `seconds` of CPU were spent in training steps,
    evaluations not counted. `diverged`: the loss was no finite number at the end. `outputs` (rows, outputs) float32 and
    `targets` (rows,) are those of the validation rows at the end; targets of a regression are scaled as in training.
    `link` turns outputs into answers (core.evaluation.links).
    """

    history: tuple[Moment, ...]
    kept: int
    steps_per_epoch: int
    seconds: float = field(compare=False)
    diverged: bool
    stopped_early: bool
    classes: int
    link: str
    outputs: np.ndarray = field(repr=False, compare=False)
    targets: np.ndarray = field(repr=False, compare=False)

    @property
    def metrics(self) -> dict[str, float]:
        """The metrics of the weights that the training ended with."""
        return next(moment.metrics for moment in reversed(self.history) if moment.step == self.kept)

    @property
    def steps(self) -> int:
        """How many optimizer steps were taken."""
        return self.history[-1].step

    @property
    def calibration_error(self) -> float:
        """Expected calibration error on the validation rows (Guo et al. 2017); NaN without finite probabilities."""
        if not self.classes or self.link not in PROBABLE or not np.isfinite(self.outputs).all():
            return math.nan
        return calibration(answers(self.outputs.astype(np.float64), self.link), self.targets).error

    def curve(self, metric: str) -> tuple[list[int], list[float]]:
        """(steps, values) of one metric over the training."""
        return [moment.step for moment in self.history], [moment.metrics[metric] for moment in self.history]

    def best(self, metric: str) -> float:
        """The best finite value of one metric over the training; NaN where there is none."""
        found = [value for value in self.curve(metric)[1] if math.isfinite(value)]
        return (min if metric in FALLING else max)(found, default=math.nan)

    def steps_to(self, metric: str, threshold: float) -> int | None:
        """The step of the first evaluation at which `metric` is at `threshold` or better; None where it never is."""
        reached = (lambda value: value <= threshold) if metric in FALLING else (lambda value: value >= threshold)
        return next((moment.step for moment in self.history if reached(moment.metrics[metric])), None)

    def to_bytes(self) -> bytes:
        """As an npz file that holds no pickles."""
        record = {
            "history": [[moment.step, moment.metrics] for moment in self.history],
            "kept": self.kept,
            "steps_per_epoch": self.steps_per_epoch,
            "seconds": self.seconds,
            "diverged": self.diverged,
            "stopped_early": self.stopped_early,
            "classes": self.classes,
            "link": self.link,
        }
        file = io.BytesIO()
        np.savez_compressed(file, record=np.array(json.dumps(record)), outputs=self.outputs, targets=self.targets)
        return file.getvalue()

    @classmethod
    def from_bytes(cls, content: bytes) -> Outcome:
        """Undo `to_bytes`."""
        with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
            record = json.loads(str(arrays["record"]))
            record["history"] = tuple(Moment(step, metrics) for step, metrics in record["history"])
            return cls(**record, outputs=arrays["outputs"], targets=arrays["targets"])
