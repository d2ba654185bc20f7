"""One attempt at a run: open its folder, build or restore, train under commands, leave everything on disk."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import torch

from core.diagnosis.live import LiveDiagnosis
from core.errors import BadInput, ClinicError
from core.probes.recorder import Recorder
from core.recipe.codec import parse_recipe
from core.store.control import Command
from core.store.process import ProcessIdentity
from core.store.rows import Event, RunReader, RunWriter
from core.store.workspace import Run
from core.train import loop, reporting, state
from core.train.attributions import attributions_of
from core.train.checkpointing import Checkpointer
from core.train.events import Evaluated
from core.train.faults import tells_modes_apart
from core.train.inspection import inspect_start
from core.train.limits import Limits
from core.train.live_settings import LiveSettings, check_changeable
from core.train.non_finite import FAILED, NonFiniteWatch
from core.train.plan import Plan, make_plan
from core.train.steering import FLUSH_WHILE_PAUSED, CommandQueue, whole_number


class TrainingSession:
    """Trains one run from where its files stand. Use once: `TrainingSession(run).run()`."""

    plan: Plan
    recorder: Recorder
    progress: state.Progress

    def __init__(
        self,
        run: Run,
        *,
        uploads: Path | None = None,
        on_evaluated: Callable[[Evaluated, int], None] | None = None,
    ) -> None:
        self._folder, self._limits = run, Limits.of(run.limits())
        self._uploads = uploads or run.path.parent.parent
        self._on_evaluated = on_evaluated
        self._past, attempt = _past(run)
        self._writer = RunWriter(run.database, attempt)
        self._replay: list[Event] = []
        self._status, self._reason, self._stop_requested = "running", "", False
        self._non_finite = NonFiniteWatch(self._writer)
        self._step_began = time.monotonic()
        self._single_steps, self._step_seconds = 0, 0.0

    def request_stop(self, reason: str = "") -> None:
        """Stop at the next step boundary and keep everything (safe to call from a signal handler)."""
        self._stop_requested, self._reason = True, reason

    def run(self) -> str:
        """Train; returns the final status: done, stopped or failed. The reason of a failure is in the run's state."""
        try:
            self._announce()
            self._prepare()
            loop.train(self.plan, self.progress, self.recorder, self)
            if self._status in ("running", "paused"):
                self._status = "stopped" if self._stop_requested else "done"
        except ClinicError as error:
            self._status, self._reason = "failed", str(error)
        except (RuntimeError, MemoryError) as error:  # torch reports out of memory and shape faults as RuntimeError
            if "memory" not in str(error).lower() and not isinstance(error, MemoryError):
                self._fail_unexpectedly(error)
                raise
            self._status = "failed"
            self._reason = "Out of memory: choose a smaller batch size or model, then fork from the last checkpoint."
        except Exception as error:
            self._fail_unexpectedly(error)
            raise
        self._finish()
        return self._status

    # ---- start -------------------------------------------------------------------------------------------------

    def _announce(self) -> None:
        """Say that this process works on the run, before anything slow."""
        me = ProcessIdentity.of()
        self._writer.execute(
            "INSERT INTO attempts VALUES (?, ?, ?, ?, ?, ?, ?)",
            (self._writer.attempt, time.time(), 0, me.pid, me.create_time, me.boot_id, "{}"),
        )
        self._writer.flush("running", 0, {"message": "Loading data and building the model"})

    def _prepare(self) -> None:
        recipe = parse_recipe(self._folder.document())
        self._limits.check_epochs(recipe.train.epochs)
        self.plan = make_plan(recipe, self._uploads)
        self._limits.check_parameters(sum(p.numel() for p in self.plan.model.parameters()))
        self.progress = state.Progress(LiveSettings.of(recipe))
        commit = lambda: self._flush(force=True)  # noqa: E731
        self._checkpointer = Checkpointer(self._folder, self.plan, self.progress, self._writer, commit)
        started = self._checkpointer.restore_newest()
        self.recorder = Recorder(self.plan.model, recipe.record, self._writer, self._non_finite.look)
        self._attributions = attributions_of(self._folder, self.plan, self.progress, self._writer)
        self._non_finite.layers = [layer.name for layer in self.recorder.layers]
        self.recorder.training_seconds = self.progress.seconds
        facts = reporting.facts(self.plan, self.progress, self.recorder)
        if self.progress.step == 0:
            facts["inspection"] = inspect_start(self.plan)
        for key, value in facts.items():
            self._writer.put_meta(key, json.dumps(value))
        self._writer.execute(
            "UPDATE attempts SET from_step = ?, info = ? WHERE attempt = ?",
            (self.progress.step, json.dumps(state.environment(self.plan)), self._writer.attempt),
        )
        self._writer.event(self.progress.step, "started", **started)
        acknowledged = [event.data["command"] for event in self._past if event.data.get("command")]
        self._commands = CommandQueue(self._folder.control, max([self.progress.last_command, *acknowledged]))
        self._replay = [
            event
            for event in self._past
            if event.kind in ("changed", "extended") and event.data.get("command", 0) > self.progress.last_command
        ]
        self._flush(force=True)
        self._diagnosis = LiveDiagnosis(self._folder, self._writer, self._past)
        self._diagnosis.look(self._status, self.progress.step)
        self._obey_commands()
        self._look_at_attributions()  # before the first step, also of a fork

    # ---- what the loop calls -----------------------------------------------------------------------------------

    def before_step(self) -> bool:
        """Obey commands and wait while paused; False ends the run."""
        self._replay_changes()
        self._obey_commands()
        while self._status == "paused" and not self._single_steps and not self._stop_requested:
            time.sleep(0.02)
            if time.monotonic() - self._step_began > FLUSH_WHILE_PAUSED:
                self._step_began = time.monotonic()
                self._flush(force=True)
            self._obey_commands()
        self._step_began = time.monotonic()
        return not self._stop_requested and self._status in ("running", "paused")

    def after_step(self, loss: torch.Tensor) -> None:
        """Keep time, heartbeat and single-step count; commit rows when it is time."""
        del loss
        self.progress.seconds = self.recorder.training_seconds
        took = time.monotonic() - self._step_began
        self._step_seconds = took if not self._step_seconds else 0.95 * self._step_seconds + 0.05 * took
        if self._single_steps:
            self._single_steps -= 1
            self._flush(force=self._single_steps == 0)
        if self._flush() and self._diagnosis.due():
            self._diagnose()
        if self._non_finite.hopeless:
            self._status, self._reason = "failed", FAILED
        elif self._non_finite.in_a_row == 1 and self.plan.recipe.train.pause_on_nan and self._status == "running":
            self._status = "paused"
            self._writer.event(self.progress.step, "paused", reason="The loss is not a finite number.")
            self._flush(force=True)

    def evaluated(self, result: Evaluated) -> None:
        """Write the evaluation row; checkpoint when it is time."""
        reporting.write_evaluation(self._writer, result, self.recorder.training_seconds)
        if self.plan.recipe.train.fault == "training_mode" and result.step and tells_modes_apart(self.plan.model):
            self._writer.event(result.step, "evaluated_in_training_mode")
        self._flush(force=result.step == 0)
        if self._on_evaluated:
            self._on_evaluated(result, self.plan.total_steps(self.progress.settings))
        self._checkpointer.after_evaluation(improved=result.improved)
        self._look_at_attributions()

    # ---- commands ----------------------------------------------------------------------------------------------

    def _obey_commands(self) -> None:
        while command := self._commands.take():
            try:
                self._obey(command)
            except BadInput as error:
                self._writer.event(
                    self.progress.step, "refused", command=command.id, name=command.name, reason=str(error)
                )
            self.progress.last_command = command.id
            self._flush(force=True)

    def _obey(self, command: Command) -> None:
        step, seen = self.progress.step, {"command": command.id, "author": command.author}
        if command.name == "pause" and self._status == "running":
            self._status = "paused"
            self._writer.event(step, "paused", **seen)
        elif command.name == "resume" and self._status == "paused":
            self._status, self._single_steps = "running", 0
            self._writer.event(step, "resumed", **seen)
        elif command.name == "step":
            self._status, self._single_steps = "paused", whole_number(command.args, "count", 100_000)
            self._writer.event(step, "stepped", count=self._single_steps, **seen)
        elif command.name == "stop":
            self._stop_requested = True
            self._writer.event(step, "stop_requested", **seen)
        elif command.name == "checkpoint":
            self._writer.event(step, "checkpoint_requested", **seen)
            self._checkpointer.save("user")
        elif command.name == "set":
            self._change(str(command.args.get("setting")), command.args.get("value"), seen)
        elif command.name == "extend":
            before = self.progress.settings.epochs
            epochs = whole_number(command.args, "epochs", 100_000)
            extended = self.progress.settings.extend(epochs, self.plan.steps_per_epoch)
            self._limits.check_epochs(extended.epochs)
            self.progress.settings, after = extended, extended.epochs
            self._writer.event(
                step, "extended", epochs=epochs, setting="train.epochs", before=before, after=after, **seen
            )
        else:
            self._writer.event(step, "ignored", name=command.name, reason=f"The run is {self._status}.", **seen)

    def _change(self, setting: str, value: object, seen: dict[str, Any]) -> None:
        check_changeable(setting, self.plan.recipe.optim.key)
        changed = self.progress.settings.change(setting, value)
        before, after = self.progress.settings.get(setting), changed.get(setting)
        self.progress.settings = changed
        self._writer.event(self.progress.step, "changed", setting=setting, before=before, after=after, **seen)

    def _replay_changes(self) -> None:
        """After a resume, apply the changes that an earlier attempt got beyond the checkpoint, at their own steps."""
        while self._replay and self._replay[0].step <= self.progress.step:
            event = self._replay.pop(0)
            if event.kind == "changed":
                self.progress.settings = self.progress.settings.change(event.data["setting"], event.data["after"])
            else:
                self.progress.settings = self.progress.settings.extend(event.data["epochs"], self.plan.steps_per_epoch)
            self.progress.last_command = max(self.progress.last_command, event.data["command"])

    # ---- records and end -------------------------------------------------------------------------------

    def _look_at_attributions(self, *, last: bool = False) -> None:
        total = self.plan.total_steps(self.progress.settings)
        self._attributions.look(self.progress.step, total, self.recorder.training_seconds, last=last)

    def _diagnose(self, *, force: bool = False) -> None:
        begun = time.perf_counter()
        self._diagnosis.look(self._status, self.progress.step, force=force)
        if not force:  # the last look comes after the training
            self.recorder.cadence.wrote(time.perf_counter() - begun)

    def _flush(self, *, force: bool = False) -> bool:
        return self.recorder.flush(self._status, self.progress.step, self._figures, force=force)

    def _figures(self) -> dict[str, Any]:
        more = {
            "disk_full": self._checkpointer.disk_full or self._writer.disk_full,
            "dropped_rows": self._writer.dropped,
            "reason": self._reason,
            "message": self._reason,
            "findings": self._diagnosis.serious if hasattr(self, "_diagnosis") else [],
            "attributions": self._attributions.figures(self.recorder.training_seconds),
        }
        return reporting.figures(self.plan, self.progress, self.recorder, self._step_seconds) | more

    def _fail_unexpectedly(self, error: BaseException) -> None:
        self._status = "failed"
        self._reason = f"Training stopped on an unexpected error ({type(error).__name__}: {str(error)[:300]})."
        self._finish()

    def _finish(self) -> None:
        """Leave the last word: checkpoint, state hash, status."""
        if not hasattr(self, "recorder"):
            self._writer.event(0, "finished", status=self._status, reason=self._reason)
            self._writer.flush(self._status, 0, {"reason": self._reason, "message": self._reason})
            self._writer.close()
            return
        digest = ""
        if self._status in ("done", "stopped"):
            digest = self._checkpointer.save("last")
            if self.progress.stopped_early or self._attributions.newest() < self.progress.step:
                self._look_at_attributions(last=True)
            if self.progress.stopped_early:
                self._reason = f"Stopped early: the validation loss was lowest at step {self.progress.best_step:,} and those weights are kept."
        self._writer.event(self.progress.step, "finished", status=self._status, reason=self._reason, state_hash=digest)
        deadline = time.monotonic() + 5.0
        self._flush(force=True)
        self._diagnose(force=True)
        self._diagnosis.close()
        self._flush(force=True)
        while self._writer.disk_full and time.monotonic() < deadline:
            time.sleep(0.5)
            self._flush(force=True)
        self._writer.close()


def _past(run: Run) -> tuple[list[Event], int]:
    """History so far and the number of the next attempt."""
    if not run.database.exists():
        return [], 1
    with closing(RunReader(run.database)) as reader:
        return reader.events(), max((one["attempt"] for one in reader.attempts()), default=0) + 1
