"""The doctor that `watch` gives to a loop: told of each step and evaluation, asked for findings."""

from __future__ import annotations

import atexit
import os
import sys
import time
from types import TracebackType
from typing import Any

import numpy as np
import torch

from core.diagnosis.base import Finding
from core.diagnosis.case import case_of
from core.diagnosis.causes import Diagnosis
from core.diagnosis.diagnose import diagnose
from core.errors import BadInput
from core.probes.inspection import structure
from core.recipe.parts import RecordPart
from core.watch import checks
from core.watch.evaluations import Evaluations, only_predictions, spread_of
from core.watch.first_batch import FirstBatches, classes_of
from core.watch.guard import Guard, ended_by, tell
from core.watch.journal import Journal
from core.watch.measuring import Measurement

COMPILED = (
    "The model is compiled, so hooks in its forward pass would not be seen: gradients and updates are recorded, "
    "activations and units are not."
)

LOOKING_SHARE = 1 / 300  # of the time may go into judging what was recorded


class Doctor:
    """Watches one loop. Made by `core.watch.watch.watch`; also a context manager that closes itself.

    A fault of its own never reaches the training: it ends the recording, with one warning.
    """

    def __init__(
        self,
        watched: checks.Watched,
        task: str,
        classes: int,
        record: RecordPart,
        journal: Journal,
        scaler: Any,
    ) -> None:
        self._watched, self._journal, self._pid = watched, journal, os.getpid()
        self._closed = False
        self._guard = Guard(self._end_recording)
        self._last = Diagnosis(None)
        self._loss_sum: torch.Tensor | float = 0.0
        self._loss_count = self._samples = 0
        self._look_after = 0.0
        self._first = FirstBatches(task, classes, structure(watched.model))
        self._measurement = Measurement(watched, record, journal.writer, scaler, self._guard.wrap)
        self._evaluations = Evaluations(watched, journal, self._guard.wrap)
        self._measurement.attach(self._evaluations.update_begins)
        atexit.register(self._at_exit)

    @property
    def run_id(self) -> str:
        """The run's id in its workspace."""
        return self._journal.run.id

    @property
    def recording(self) -> bool:
        """Whether steps are still recorded."""
        return not (self._closed or self._guard.off)

    def recorded(self) -> str:
        """How often each stream is recorded at the moment, and what recording costs by its own estimate."""
        recorder = self._measurement.recorder
        if recorder is None:
            return "nothing yet"
        cadence = ", ".join(f"{name} every {every}" for name, every in recorder.cadence.in_force.items())
        return f"{cadence}; own estimate {100 * recorder.cadence.share:.1f} %"

    # ---- what the loop calls -----------------------------------------------------------------------------------

    def step(
        self,
        loss: torch.Tensor | float,
        outputs: torch.Tensor | None = None,
        targets: torch.Tensor | None = None,
    ) -> None:
        """Tell that a step is done; to be called once after each optimizer.step().

        Args:
            loss: the batch's loss, before the update: one number.
            outputs: what the loss function was given, (rows, classes) or (rows, 1); looked at on the first step only.
            targets: class numbers (rows,) or numbers (rows,); looked at until 4,096 were seen.

        Raises:
            BadInput: after close(), or when one of them can't be used.
        """
        if self._closed:
            raise BadInput("This doctor is closed; call watch() again for another training.")
        if self._guard.off:
            return
        measurement = self._measurement
        if measurement.plain_now and not self._first.curious and isinstance(loss, torch.Tensor) and loss.ndim == 0:
            if not measurement.end_plain_step(loss):
                self._guard.run(self._catch_up, True)
            return
        since = measurement.clock()
        value = checks.check_loss(loss)
        if self._measurement.step == 1:
            checks.check_pair(outputs, targets)
            if self._first.task == "classification":
                self._first.classes = classes_of(outputs, targets, self._first.classes)
        self._guard.run(self._step, since, loss if isinstance(loss, torch.Tensor) else value, value, outputs, targets)

    def _step(
        self,
        since: tuple[float, float],
        loss: torch.Tensor,
        value: torch.Tensor,
        outputs: torch.Tensor | None,
        targets: torch.Tensor | None,
    ) -> None:
        measurement = self._measurement
        first = measurement.step == 1
        self._catch_up()
        batch = targets if targets is not None else outputs
        self._samples = len(batch) if batch is not None and batch.ndim else 0
        measurement.finish_step(value, self._samples)
        recorder = measurement.recorder
        assert recorder is not None
        if first:
            self._first.inspection |= measurement.inspection()
            self._first.first(loss, outputs, targets)
            self._evaluations.recorder_is_there(recorder)
            notes = [COMPILED] if self._watched.compiled else []
            self._journal.facts(self._watched, recorder, measurement.used, notes)
        if self._first.curious:
            self._first.look(targets)
        self._loss_sum += value.item() if value.device.type == "cpu" else value
        self._loss_count += 1
        self._flush()
        measurement.begin_step()
        if not first:
            measurement.book_rest(since)

    def _catch_up(self, begin: bool = False) -> None:
        """Record the plain steps so far; `begin` sets the hooks of the step to come."""
        count = len(self._measurement.plain)
        if count:
            self._loss_sum += self._measurement.write_plain_steps(self._samples)
            self._loss_count += count
        if begin:
            self._flush()
            self._measurement.begin_step()

    def validate(
        self,
        loss: Any = None,
        accuracy: Any = None,
        r2: Any = None,
        *,
        outputs: torch.Tensor | None = None,
        targets: torch.Tensor | None = None,
        **other: Any,
    ) -> None:
        """Tell what an evaluation gave: metrics on validation rows, the same ones each time.

        Args:
            loss, accuracy, r2: on the validation rows.
            outputs, targets: of all validation rows, for what can be told of single predictions.
            other: further metrics; `train_loss` and `train_accuracy` are those of an evaluation of training rows.

        Raises:
            BadInput: after close(), or when a metric is no number, or the metrics changed.
        """
        if self._closed:
            raise BadInput("This doctor is closed; call watch() again for another training.")
        checks.check_pair(outputs, targets)
        if self._guard.off:
            return
        given = {"loss": loss, "accuracy": accuracy, "r2": r2, **other}
        spread: dict[str, float] = {}
        if outputs is not None and targets is not None:
            known = self._first.classes
            classes = classes_of(outputs, targets, known) if self._first.task == "classification" else 0
            spread = self._guard.run(spread_of, outputs, targets, classes) or {}
            for name in ("accuracy", "r2"):
                if given[name] is None and name in spread:
                    given[name] = spread[name]
        found = self._evaluations.metrics(given)
        self._guard.run(self._validate, found, only_predictions(spread))

    def _validate(self, found: dict[str, float], spread: dict[str, float]) -> None:
        recorder, step = self._measurement.recorder, self._measurement.step - 1
        seconds = recorder.training_seconds if recorder else 0.0
        self._catch_up(bool(self._measurement.plain))
        mean = float(self._loss_sum) / self._loss_count if self._loss_count else float("nan")
        self._loss_sum, self._loss_count = 0.0, 0
        self._evaluations.write(step, seconds, found, mean)
        if spread:
            self._evaluations.write_predictions(step, seconds, spread)
        self._flush()

    # ---- what was found ------------------------------------------------------------------------------------------

    def findings(self) -> tuple[Finding, ...]:
        """All findings by now, the most likely cause first: .id, .name, .severity, .sentence, .layers, .evidence, ..."""
        return self.diagnosis().findings

    def diagnosis(self) -> Diagnosis:
        """The whole diagnosis by now: cause, consequences, other faults, notes."""
        if self.recording:
            self._guard.run(self._judge)
        else:
            with np.errstate(all="ignore"):
                case = case_of(self._journal.run)
            self._last = diagnose(case) if case else self._last
        return self._last

    def _judge(self) -> None:
        self._catch_up(bool(self._measurement.plain))
        self._flush(force=True)
        self._last = self._journal.live.look("running", self._measurement.step - 1, force=True) or self._last

    def _flush(self, *, force: bool = False) -> None:
        recorder, journal, step = self._measurement.recorder, self._journal, self._measurement.step - 1
        if recorder is None or not (force or journal.writer.due()):
            return
        if self._evaluations.units_pending:
            self._evaluations.write_units(step, recorder.training_seconds)
        if self._first.changed:
            journal.put({**self._first.facts, "inspection": self._first.document()})
        self._measurement.before_flush()
        if recorder.flush("running", step, lambda: journal.figures(recorder, step, self._measurement.lr), force=force):
            begun = time.perf_counter()
            if begun < self._look_after:
                return
            self._last = journal.live.look("running", step) or self._last
            took = time.perf_counter() - begun
            self._look_after = begun + took / LOOKING_SHARE
            recorder.cadence.spend("step", took)  # one dear look does not thin the records there

    # ---- faults and the end --------------------------------------------------------------------------------------

    def _end_recording(self, text: str) -> None:
        """Recording has failed: take the hooks off, and leave a last word if that can still be written."""
        self._detach()
        self._leave("stopped", text)

    def _detach(self) -> None:
        self._measurement.detach()
        self._evaluations.detach()

    def _leave(self, status: str, reason: str) -> None:
        self._catch_up()
        recorder, step = self._measurement.recorder, self._measurement.step - 1
        if recorder is not None and self._first.changed:
            self._journal.put({**self._first.facts, "inspection": self._first.document()})
        if not self._journal.last_word(status, step, reason, recorder, self._measurement.lr):
            tell("The disk is full: the newest rows of this run could not be written.")

    def close(self, status: str = "done", reason: str = "") -> None:
        """End the recording: write what is left, with the last diagnosis. A second call does nothing."""
        if self._closed:
            return
        self._closed = True
        atexit.unregister(self._at_exit)
        if not self._guard.off:
            self._guard.run(self._detach)
            self._guard.run(self._leave, status, reason)

    def _at_exit(self) -> None:
        if os.getpid() != self._pid:  # a fork of the process that watches
            return
        error = getattr(sys, "last_value", None)
        if error is not None and not isinstance(error, (KeyboardInterrupt, SystemExit)):
            self.close("failed", ended_by(error))
        else:
            self.close("stopped", "The program ended without doctor.close().")

    def __enter__(self) -> Doctor:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            self.close()
        elif isinstance(error, (KeyboardInterrupt, SystemExit, GeneratorExit)):
            self.close("stopped", f"The loop was left by {type(error).__name__}.")
        else:
            self.close("failed", ended_by(error))
