"""Questions that need torch, asked of one warm process: a recipe before it trains, a run at its fatal step. No torch here."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.diagnosis.case import Case
from core.diagnosis.causes import Diagnosis
from core.diagnosis.diagnose import diagnose
from core.errors import BadInput
from core.recipe.codec import to_document
from core.recipe.parts import Recipe
from core.store.workspace import Run

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_SECONDS = 30.0
KEPT = 200


@dataclass(frozen=True)
class Preflight:
    """What can be said before step 1: the diagnosis, what the inspection measured, and how long it took."""

    diagnosis: Diagnosis
    inspection: dict[str, Any]
    facts: dict[str, Any]
    seconds: float


class Inspector:
    """One warm inspector process, shared by everybody; answers are remembered by recipe. Safe to use from threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[str] | None = None
        self._known: OrderedDict[str, Preflight] = OrderedDict()

    def warm_up(self) -> None:
        """Start the process if it does not run yet, without waiting for it."""
        with self._lock:
            self._running()

    def known(self, recipe: Recipe) -> Preflight | None:
        """The answer if this recipe was asked about before."""
        return self._known.get(_key(recipe))

    def preflight(self, recipe: Recipe, uploads: Path) -> Preflight:
        """Inspect and judge `recipe`.

        Raises:
            BadInput: when the model can't be built, or the inspection takes longer than PATIENCE_SECONDS.
        """
        key = _key(recipe)
        with self._lock:
            if known := self._known.get(key):
                return known
            said = self._ask(json.dumps({"recipe": to_document(recipe), "uploads": str(uploads)}))
            if "error" in said:
                raise BadInput(said["error"])
            inspection = {k: float("nan") if v is None else v for k, v in said["inspection"].items()}
            case = Case({}, recipe, {**said["facts"], "inspection": inspection}, (), "new")
            made = Preflight(diagnose(case), inspection, said["facts"], float(said["seconds"]))
            self._known[key] = made
            while len(self._known) > KEPT:
                self._known.popitem(last=False)
            return made

    def trace(self, run: Run, step: int, uploads: Path) -> dict[str, Any]:
        """Repeat `run` up to `step` and find the first tensor that is not finite (core/train/forensics.py).

        Raises:
            BadInput: when it can't be repeated.
        """
        with self._lock:
            said = self._ask(json.dumps({"trace": str(run.path), "step": step, "uploads": str(uploads)}))
        if "error" in said:
            raise BadInput(said["error"])
        return dict(said["trace"])

    def close(self) -> None:
        """End the process."""
        with self._lock:
            if self._process is not None:
                self._process.kill()
                self._process = None

    def _running(self) -> subprocess.Popen[str]:
        if self._process is None or self._process.poll() is not None:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "core.train.inspector"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                cwd=ROOT,
                env={**os.environ, "PYTHONPATH": str(ROOT)},
                text=True,
            )
        return self._process

    def _ask(self, question: str) -> dict[str, Any]:
        process = self._running()
        assert process.stdin is not None
        assert process.stdout is not None
        slow = threading.Timer(PATIENCE_SECONDS, process.kill)  # its end of file frees the reader below
        slow.start()
        try:
            process.stdin.write(question + "\n")
            process.stdin.flush()
            line = process.stdout.readline()
        except BrokenPipeError:
            line = ""
        finally:
            slow.cancel()
        if not line:
            self._process = None
            raise BadInput(
                "The check before training ended without an answer: this recipe needs too much time or memory for it. "
                "You can train all the same."
            )
        return dict(json.loads(line))


def _key(recipe: Recipe) -> str:
    document = to_document(recipe)
    for part in ("name", "schedule", "record", "optim", "clip"):  # what the first batch does not depend on
        document.pop(part, None)
    return json.dumps(document, sort_keys=True, default=str)
