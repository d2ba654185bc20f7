"""Evaluations that the user runs: their metrics, the mode they ran in, what the units did in them."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from core.errors import BadInput
from core.probes.recorder import Recorder
from core.train.evaluate import PREDICTIONS, scores
from core.watch import checks
from core.watch.first_batch import as_rows
from core.watch.forwards import Forwards
from core.watch.journal import Journal
from core.watch.units import EvaluatedUnits

STREAM_NAMES = {
    "loss": "val_loss", "accuracy": "val_accuracy", "r2": "val_r2", "f1": "val_f1", "mae": "val_mae",
    "train_loss": "train_loss_eval",
}  # fmt: skip
TRAIN_LOSS = "train_loss_eval"
LARGEST_SHARE = 1 / 100


class Evaluations:
    """Writes the streams evaluation, predictions and units of a watched run."""

    def __init__(self, watched: checks.Watched, journal: Journal, wrap: Callable[..., Any]) -> None:
        self._watched, self._journal, self._wrap = watched, journal, wrap
        self._units: EvaluatedUnits | None = None
        self._names: list[str] = []
        self._predictions: list[str] = []
        self._units_not_before = 0.0
        self._forwards = None if watched.compiled else Forwards(watched.model, self._look_at_units, wrap)

    def update_begins(self) -> None:
        """An optimizer steps: forward passes up to here belonged to the training."""
        if self._forwards:
            self._forwards.moved = True

    def recorder_is_there(self, recorder: Recorder) -> None:
        """From now on units can be looked at."""
        if recorder.units:
            self._units = EvaluatedUnits(recorder.layers, self._wrap)

    def _look_at_units(self) -> Callable[[], None]:
        if self._units is None or time.monotonic() < self._units_not_before:
            return lambda: None
        return self._units.begin()

    def metrics(self, given: dict[str, Any]) -> dict[str, float]:
        """The metrics under the names of their columns, checked.

        Raises:
            BadInput: when one is no number, none was given, or they are not those of the first evaluation.
        """
        found = {
            STREAM_NAMES.get(name, name): checks.check_figure(name, v) for name, v in given.items() if v is not None
        }
        if not found:
            raise BadInput("doctor.validate() needs a metric, for example validate(loss=..., accuracy=...).")
        names = [name for name in found if name != TRAIN_LOSS]
        for name in ("val_accuracy", "val_r2"):  # may have been told from outputs, which don't fit this time
            if name in self._names and name not in names:
                found[name] = math.nan
                names.append(name)
        if self._names and set(names) != set(self._names):
            raise BadInput(
                f"This evaluation gives {', '.join(names)}, the first one gave {', '.join(self._names)}; give the same "
                "metrics each time (a missing one as float('nan'))."
            )
        self._names = self._names or names
        return found

    def write(self, step: int, seconds: float, found: dict[str, float], train_loss: float) -> None:
        """Write one evaluation after `step` steps; `train_loss` stands in where the training loss was not evaluated."""
        writer, journal = self._journal.writer, self._journal
        found = {name: found[name] for name in self._names} | {TRAIN_LOSS: found.get(TRAIN_LOSS, train_loss)}
        writer.add_stream("evaluation", list(found))
        row = np.array(list(found.values()), "<f4")
        writer.put("evaluation", step, seconds, row.tobytes())
        journal.metrics = found
        if self._watched.mode_matters and self._in_training_mode():
            writer.event(step, "evaluated_in_training_mode")
        if self._forwards:
            self._forwards.reset()
        self.write_units(step, seconds)

    def _in_training_mode(self) -> bool:
        if self._forwards is None:
            return self._watched.model.training
        return self._forwards.in_training_mode(self._watched.model)

    def write_predictions(self, step: int, seconds: float, spread: dict[str, float]) -> None:
        """Write how the outputs on the validation rows are spread."""
        found = {name: spread.get(name, math.nan) for name in (self._predictions or spread)}
        self._predictions = list(found)
        writer = self._journal.writer
        writer.add_stream("predictions", self._predictions)
        writer.put("predictions", step, seconds, np.array(list(found.values()), "<f4").tobytes())

    @property
    def units_pending(self) -> bool:
        """Whether evaluating passes were seen that are not written yet."""
        return self._units is not None and self._units.pending

    def write_units(self, step: int, seconds: float) -> None:
        """Write what units did in the evaluating passes since the last time, at no more than 1 % of the time."""
        if self._units is None or not self._units.pending:
            return
        begun = time.monotonic()
        row = self._units.measure()
        self._journal.writer.put(self._units.stream, step, seconds, row.tobytes())
        self._units_not_before = time.monotonic() + (time.monotonic() - begun) / LARGEST_SHARE

    def detach(self) -> None:
        """Take the hooks off."""
        if self._forwards:
            self._forwards.detach()


@torch.no_grad()
def spread_of(outputs: torch.Tensor, targets: torch.Tensor, classes: int) -> dict[str, float]:
    """Metrics of the outputs on validation rows and how they are spread; empty where they don't fit the task."""
    outputs, targets = outputs.detach(), targets.detach()
    if classes > 1:
        rows = as_rows(outputs, targets)
        return scores(rows[0], rows[1], rows[0].shape[1]) if rows and len(rows[1]) else {}
    if outputs.numel() != targets.numel() or not outputs.numel():
        return {}
    return scores(outputs.reshape(-1, 1).float(), targets.reshape(-1).float(), 0)


def only_predictions(found: dict[str, float]) -> dict[str, float]:
    """Those of `found` that belong to the stream "predictions"."""
    return {name: found[name] for name in PREDICTIONS if name in found}
