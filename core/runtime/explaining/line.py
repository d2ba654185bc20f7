"""A line of work: one worker process (core/explain/worker) that answers the desk's jobs of one kind, one after the other."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.explain.worker.answers import AnswerStore
from core.runtime.explaining.desk import Desk, Job

ROOT = Path(__file__).resolve().parents[3]
LEAVE_SECONDS = 5.0
NO_ANSWER = (
    "The process that computes explanations ended twice without an answer, probably for want of memory; "
    "ask for fewer rows, or another method."
)


@dataclass(frozen=True)
class Times:
    """In seconds: how long a job may take; how long an idle process keeps its memory; how long a job may not hear a cancel.

    Past the first and the last the process is ended.
    """

    limit: float = 600.0
    idle: float = 600.0
    cancel: float = 20.0


class Line:
    """One worker process with the thread that talks to it. Both start with the first job, or with `warm_up`."""

    def __init__(
        self,
        name: str,
        desk: Desk,
        store: AnswerStore,
        program: Sequence[str],
        times: Times,
    ) -> None:
        self.name = name
        self._desk, self._store, self._program, self._times = desk, store, program, times
        self._lock = threading.Lock()  # around the process and what is written to it
        self._process: subprocess.Popen[str] | None = None
        self._thread: threading.Thread | None = None
        self._used = time.monotonic()
        self._number = 0

    def start(self) -> None:
        """Begin to take jobs, in a thread."""
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, daemon=True, name=f"explanations, {self.name}")
                self._thread.start()

    def warm_up(self) -> None:
        """Start the process, which loads its libraries while nobody asks."""
        self.start()
        with self._lock:
            self._running()

    @property
    def pid(self) -> int | None:
        """The process, None while there is none."""
        process = self._process
        return process.pid if process is not None and process.poll() is None else None

    def close(self) -> None:
        """End the process at once; a job at work fails."""
        process, thread = self._process, self._thread
        if process is not None:
            process.kill()
        if thread is not None:
            thread.join(LEAVE_SECONDS)
        self._end()

    def _work(self) -> None:
        while not self._desk.closed:
            if job := self._desk.take(self.name, self._times.idle):
                try:
                    self._answer(job)
                except OSError as error:
                    said = f"The process that computes explanations can't be started ({error}); ask again in a while."
                    self._desk.end(job, "failed", said)
                self._used = time.monotonic()
            elif time.monotonic() - self._used >= self._times.idle:
                self._end()

    def _answer(self, job: Job) -> None:
        """Have a job answered; a process that dies over it is replaced once."""
        for _ in range(2):
            said = self._ask(job)
            if said is not None or job.ended or self._desk.closed:
                break
        if said is None:
            self._desk.end(job, "failed", NO_ANSWER if not self._desk.closed else "The server is stopping.")
        elif "cancelled" in said:
            self._desk.end(job, "cancelled", "It was cancelled.")
        elif "error" in said:
            self._desk.end(job, "failed", said["error"])
        elif found := self._store.take(said["done"]):
            self._desk.end(job, "done", answer=found)
        else:
            self._desk.end(job, "failed", "The answer was made but could not be read back; ask again.")

    def _ask(self, job: Job) -> dict[str, Any] | None:
        """What the process says at the end of a job; None when it died before."""
        with self._lock:
            self._number += 1
            number, process = self._number, self._running()
        overdue = threading.Event()

        def expire() -> None:
            overdue.set()
            process.kill()

        limit, patience = threading.Timer(self._times.limit, expire), threading.Timer(self._times.cancel, process.kill)

        def stop() -> None:
            self._write(process, {"cancel": number})
            with contextlib.suppress(RuntimeError):  # it was asked to stop before
                patience.start()

        if not self._desk.begin(job, stop):
            return {"cancelled": True}
        limit.daemon = patience.daemon = True
        limit.start()
        try:
            self._write(process, {**job.question, "id": number, "ask": job.what, "key": job.key})
            said = self._listen(process, number, job)
        finally:
            limit.cancel()
            patience.cancel()
        if said is None:
            process.wait()
            if overdue.is_set():
                minutes = (
                    f"{self._times.limit / 60:.0f} minutes" if self._times.limit >= 60 else f"{self._times.limit:g} s"
                )
                return {
                    "error": f"It took longer than {minutes} and was ended; ask for fewer rows, or a cheaper method."
                }
        return said

    def _listen(self, process: subprocess.Popen[str], number: int, job: Job) -> dict[str, Any] | None:
        assert process.stdout is not None
        for line in process.stdout:
            if not line.endswith("\n"):  # it died while it spoke
                break
            said: dict[str, Any] = json.loads(line)
            if said["id"] != number:
                continue
            if "progress" not in said:
                return said
            self._desk.advance(job, said["progress"])
        return None

    def _write(self, process: subprocess.Popen[str], said: dict[str, Any]) -> None:
        assert process.stdin is not None
        with self._lock, contextlib.suppress(OSError, ValueError):  # a dead process is noticed where it is read
            process.stdin.write(json.dumps(said) + "\n")
            process.stdin.flush()

    def _running(self) -> subprocess.Popen[str]:
        self._used = time.monotonic()
        if self._process is not None and self._process.poll() is not None:
            _close_pipes(self._process)
            self._process = None
        if self._process is None:
            self._process = subprocess.Popen(
                [sys.executable, *self._program],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                cwd=ROOT,
                env={**os.environ, "PYTHONPATH": str(ROOT)},
                text=True,
            )
        return self._process

    def _end(self) -> None:
        """Let the process go, and its memory with it."""
        with self._lock:
            process, self._process = self._process, None
        if process is None:
            return
        _close_pipes(process)  # the end of its input tells it to leave
        try:
            process.wait(LEAVE_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _close_pipes(process: subprocess.Popen[str]) -> None:
    for pipe in (process.stdin, process.stdout):
        assert pipe is not None
        with contextlib.suppress(OSError):
            pipe.close()
