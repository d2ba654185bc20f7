"""Starting, resuming and forking runs, and the dispatcher that gives queued runs a process when a slot is free."""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import psutil

from core.errors import BadInput, ClinicError
from core.recipe.codec import parse_recipe, to_document, with_changes
from core.recipe.parts import Recipe
from core.runtime.queue import Queue, Waiting
from core.store.checkpoints import Checkpoint
from core.store.process import ProcessIdentity
from core.store.status import run_status
from core.store.workspace import Run, Workspace

ROOT = Path(__file__).resolve().parents[2]
TICK_SECONDS = 0.1
MAX_RUNS_VARIABLE = "GRADCLINIC_MAX_RUNS"


def start(workspace: Workspace, recipe: Recipe, *, key: str | None = None) -> Run:
    """Create a run and queue it. The same `key` again (a double click) returns the run made for it before.

    Raises:
        LimitReached: when the workspace does not let it in.
    """
    return start_document(workspace, to_document(recipe), key=key)


def start_document(workspace: Workspace, document: dict[str, Any], *, key: str | None = None) -> Run:
    """As `start`, for the document of a recipe or of a race."""
    run = workspace.create(document, key=key)
    if run.control.last_request() is None:
        enqueue(workspace, run)
    return run


def resume(workspace: Workspace, run: Run) -> None:
    """Queue a run again from its newest checkpoint.

    Raises:
        BadInput: when it is still active, or was only watched.
        NotAllowed: when it is somebody else's.
        LimitReached: when the workspace does not let it in.
    """
    refuse_watched(run, "resumed")

    def queue() -> None:
        status = run_status(run)
        if status.active:
            raise BadInput(
                f"This run is {status.word}; only one that stopped, failed, was lost or is done can be resumed."
            )
        enqueue(workspace, run)

    if workspace.admission and not run.read_only:
        workspace.admission.admit_again(run, queue)
    else:
        queue()


def fork(
    workspace: Workspace,
    run: Run,
    step: int,
    changes: Mapping[str, object],
    *,
    name: str | None = None,
    key: str | None = None,
) -> Run:
    """Start a new run from the checkpoint of `run` at `step`, with changed settings.

    Live changes made before that step are part of what is forked.

    Raises:
        BadInput: when there is no such checkpoint, or the data or architecture would change.
        NotAllowed: when the run is somebody else's.
        RecipeError: with every fault of the changed recipe.
    """
    run.must_be_own("go on from")
    source = next((c for c in run.checkpoints.list() if c.step == step), None)
    if source is None:
        steps = ", ".join(f"{c.step:,}" for c in run.checkpoints.list()) or "none"
        raise BadInput(f"Run {run.id} has no checkpoint at step {step:,}; checkpoints: {steps}.")
    recipe = settings_at(run, step)
    changed = with_changes(recipe, {**changes, "name": name or f"{recipe.name} (fork at {step:,})"})
    if (changed.data.key, changed.model.key) != (recipe.data.key, recipe.model.key):
        raise BadInput(
            "A fork keeps its data set and architecture, since it goes on from their weights; start a new run."
        )
    child = workspace.create(
        to_document(changed),
        key=key,
        origin={
            "run": run.id,
            "step": step,
            "state_hash": source.state_hash,
            "optim_params": dict(recipe.optim.params),
        },
    )
    if child.control.last_request() is None:
        copied = Checkpoint(
            source.step, source.epoch, "fork", source.state_hash, source.bytes, time.time(), source.val_loss
        )
        with run.checkpoints.path(step).open("rb") as tensors:
            child.checkpoints.save(copied, lambda file: shutil.copyfileobj(tensors, file), expected_bytes=source.bytes)
        enqueue(workspace, child)
    return child


def refuse_watched(run: Run, done: str) -> None:
    """Say that a watched run has no recipe.

    Raises:
        BadInput: when `run` is one.
    """
    if run.watched:
        raise BadInput(
            f"Run {run.id} was watched in a program of its own, so it can't be {done} here; run that program."
        )


def settings_at(run: Run, step: int) -> Recipe:
    """The recipe of `run` with the live changes made up to `step` written into it, and with what is kept back of it."""
    refuse_watched(run, "forked")
    recipe = parse_recipe(run.whole_document())
    reader = run.reader()
    if reader is None:
        return recipe
    try:
        events = [e for e in reader.events() if e.kind in ("changed", "extended") and e.step <= step]
    finally:
        reader.close()
    changes: dict[str, object] = {}
    for event in events:
        setting = event.data["setting"]
        if setting == "optim.momentum" and "beta1" in recipe.optim.params:
            setting = "optim.beta1"
        changes[setting] = event.data["after"]
    return with_changes(recipe, changes) if changes else recipe


def cancel(workspace: Workspace, run: Run) -> bool:
    """Withdraw a queued run; False when it already has a process."""
    cancelled = run.control.cancel_request()
    if cancelled:
        Queue(workspace.queue_folder).withdraw(run.id)
    return cancelled


def queue_position(workspace: Workspace, run: Run) -> int | None:
    """1 for the next to start; None when it is not queued."""
    waiting = [one.run_id for one in Queue(workspace.queue_folder).waiting()]
    return waiting.index(run.id) + 1 if run.id in waiting else None


def kill(run: Run) -> None:
    """End the trainer of `run` at once, keeping what is on disk (for one that no longer listens).

    Raises:
        BadInput: when the process is not a trainer but a program that watches itself.
        NotAllowed: when the run is somebody else's.
    """
    refuse_watched(run, "ended")
    run.must_be_own("end")
    reader = run.reader()
    attempts = reader.attempts() if reader else []
    if reader:
        reader.close()
    if attempts:
        last = attempts[-1]
        ProcessIdentity(last["pid"], last["create_time"], last["boot_id"]).signal_group(9)


def enqueue(workspace: Workspace, run: Run) -> None:
    """Ask for a trainer for `run`; while one is asked for already, nothing changes."""
    run.control.request(workspace.owner)
    Queue(workspace.queue_folder).put(run, workspace.owner)


class Dispatcher:
    """Starts queued runs while fewer than `cap` trainers run, from a warm spare process with torch already loaded.

    Trainers are detached: they outlive this process, and a new dispatcher finds them again.
    """

    def __init__(self, workspace: Workspace, cap: int | None = None) -> None:
        self.queue = Queue(workspace.queue_folder)
        self.cap = cap or int(os.environ.get(MAX_RUNS_VARIABLE, 0)) or max(1, os.cpu_count() or 1)
        self._spare: subprocess.Popen[str] | None = None
        self._children: list[subprocess.Popen[str]] = []
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._work, name="dispatcher", daemon=True)

    def start(self) -> None:
        """Begin to work, in a thread."""
        self._thread.start()

    def stop(self) -> None:
        """End the thread and the idle spare; trainers go on."""
        self._stop.set()
        self._thread.join(timeout=5)
        self.stop_spare()

    def stop_spare(self) -> None:
        """Let the idle spare go."""
        if self._spare and self._spare.stdin:
            self._spare.stdin.close()  # end of input tells it to leave
        self._spare = None

    def _work(self) -> None:
        while not self._stop.is_set():
            try:
                self.tick()
            except (OSError, ClinicError) as error:
                print(f"dispatcher: {error}", file=sys.stderr)
            self._stop.wait(TICK_SECONDS)

    def tick(self) -> None:
        """Reap ended trainers, keep a spare warm, start what may start."""
        self._children = [child for child in self._children if child.poll() is None]
        if self._spare is None or self._spare.poll() is not None:
            self._spare = self._spawn()
        for one in self.queue.startable(self.cap):
            self._launch(one)

    def _spawn(self) -> subprocess.Popen[str]:
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}
        return subprocess.Popen(
            [sys.executable, "-m", "core.train.process", "--spare"],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd=ROOT,
            env=environment,
            text=True,
            start_new_session=True,
        )

    def _launch(self, waiting: Waiting) -> None:
        spare, self._spare = self._spare, None
        spare = spare if spare is not None and spare.poll() is None else self._spawn()
        run = Run(waiting.path)
        try:
            request = run.control.last_request()
            identity = ProcessIdentity.of(spare.pid)
            taken = request is not None and run.control.take_request(request.id, identity)
        except (ClinicError, psutil.Error, sqlite3.Error):
            taken = False
        if not taken:
            self.queue.withdraw(run.id)
            self._spare = spare
            return
        self.queue.start(run.id, waiting.owner, identity)
        assert spare.stdin is not None
        with contextlib.suppress(BrokenPipeError):
            spare.stdin.write(f"{run.path}\n")
            spare.stdin.close()
        self._children.append(spare)
