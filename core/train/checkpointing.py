"""When and how a training session writes checkpoints, and how it goes on from the newest one that can be read."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import Any

from core.errors import BadInput, DiskFull
from core.store.checkpoints import Checkpoint
from core.store.rows import RunWriter
from core.store.workspace import Run
from core.train import state
from core.train.limits import MIB, Limits
from core.train.plan import Plan

LEAST_SECONDS = 2.0
LARGEST_SHARE = 1 / 20


class Checkpointer:
    """Writes checkpoints of one session: automatic ones at most every LEAST_SECONDS and for at most LARGEST_SHARE of the time.

    Rows come first: `commit` puts everything recorded so far on disk, so that a run that goes on from a checkpoint has
    every row up to it. When the disk is full, training goes on, `disk_full` is set and the history says so once.
    """

    def __init__(
        self, run: Run, plan: Plan, progress: state.Progress, writer: RunWriter, commit: Callable[[], bool]
    ) -> None:
        self._run, self._plan, self._progress, self._writer, self._commit = run, plan, progress, writer, commit
        self._disk = Limits.of(run.limits()).disk
        self._last = 0.0
        self._cost = 0.0
        self._bytes = 0
        self.disk_full = False

    def after_evaluation(self, *, improved: bool) -> None:
        """Checkpoint if one is due: always the first, then every `checkpoint_every` epochs as time allows."""
        epoch = self._progress.step / self._plan.steps_per_epoch
        waited = time.monotonic() - self._last
        if self._progress.step == 0:
            if not self._run.checkpoints.list():
                self.save("first")
            return
        due = epoch % self._plan.recipe.train.checkpoint_every == 0
        if due and waited > max(LEAST_SECONDS, self._cost / LARGEST_SHARE):
            self.save("best" if improved else "auto")

    def save(self, kind: str) -> str:
        """Write a checkpoint now; returns the state's hash, also when there was no space to write it."""
        begun = time.monotonic()
        plan, progress = self._plan, self._progress
        captured = state.capture(plan, progress)
        digest = state.state_hash(captured)
        val_loss = progress.metrics.get("val_loss")
        wanted = Checkpoint(
            step=progress.step,
            epoch=progress.step / plan.steps_per_epoch,
            kind=kind,
            state_hash=digest,
            bytes=0,
            time=time.time(),
            val_loss=val_loss if val_loss is not None and math.isfinite(val_loss) else None,
        )
        expected = self._bytes or 12 * sum(p.numel() for p in plan.model.parameters())
        try:
            if not self._commit():
                raise DiskFull("The disk is full, so no checkpoint was written. Training goes on.")
            self._make_room(expected)
            done = self._run.checkpoints.save(wanted, lambda file: state.save(captured, file), expected_bytes=expected)
        except DiskFull as error:
            if not self.disk_full:
                self._writer.event(progress.step, "checkpoint_failed", reason=str(error))
            self.disk_full = True
        else:
            self.disk_full = False
            self._bytes = done.bytes
            self._writer.event(progress.step, "checkpoint", kind=kind, state_hash=digest, bytes=done.bytes)
            self._run.checkpoints.thin(plan.recipe.train.keep_checkpoints)
        self._last = time.monotonic()
        self._cost = self._last - begun
        return digest

    def _make_room(self, expected: int) -> None:
        """Thin out what was kept until a checkpoint of `expected` bytes keeps to the limit.

        Raises:
            DiskFull: when those that stay take all of it.
        """
        kept = self._run.checkpoints
        for keep in range(min(len(kept.list()), self._plan.recipe.train.keep_checkpoints), -1, -1):
            taken = sum(checkpoint.bytes for checkpoint in kept.list())
            if self._disk is None or taken + expected <= self._disk * MIB:
                return
            if keep:
                kept.thin(keep)
        raise DiskFull(
            f"The checkpoints take {taken / MIB:.0f} MiB, and here they have {self._disk} MiB, so none was written. Training "
            "goes on; choose a smaller model, or delete checkpoints."
        )

    def restore_newest(self) -> dict[str, Any]:
        """Go on from the newest readable checkpoint; returns what the history's "started" entry tells.

        `verified` means: what was loaded has the hash that was stored, and so has the state captured anew after
        putting it back.

        Raises:
            BadInput: when a fork's only checkpoint can't be read, or the weights do not fit.
        """
        refused = ""
        for checkpoint in sorted(self._run.checkpoints.list(), key=lambda c: c.step, reverse=True):
            try:
                saved = state.load(self._run.checkpoints.path(checkpoint.step), self._plan.device)
            except BadInput as error:
                refused = refused or str(error)
                continue
            forked = checkpoint.kind == "fork"
            loaded = state.state_hash(saved)
            params = self._run.origin().get("optim_params")
            state.restore(self._plan, self._progress, saved, forked=forked, parent_params=params)
            restored = loaded if forked else state.state_hash(state.capture(self._plan, self._progress))
            return {
                "from_step": checkpoint.step,
                "resumed_from": checkpoint.kind,
                "state_hash": loaded,
                "verified": loaded == restored == checkpoint.state_hash,
                "same_environment": saved["environment"] == state.environment(self._plan),
                **({"note": refused} if refused else {}),
            }
        if self._run.origin() and refused:
            raise BadInput(refused)
        started = {"from_step": 0, "resumed_from": None, "state_hash": None, "verified": False}
        return {**started, "note": refused} if refused else started
