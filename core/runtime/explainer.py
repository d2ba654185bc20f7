"""Explanations for the pages: asked of warm worker processes, queued fairly, shared by all who ask the same. No torch here."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from core.explain.base import Question, Refused, Sound, Verdict
from core.explain.catalogue import EXPLANATIONS
from core.explain.concepts.base import Concepts
from core.explain.influence.base import Influence
from core.explain.result import Explanation
from core.explain.trust.light import Check
from core.explain.worker.answers import Answer, AnswerStore, answer_key
from core.registry import ParamValue
from core.runtime.explaining.desk import Desk
from core.runtime.explaining.line import Line, Times
from core.runtime.explaining.ticket import Ticket
from core.store.checkpoints import Checkpoint
from core.store.workspace import Run

FOLDER = "explanations"
PROGRAM = ("-m", "core.explain.worker")
QUICK, SLOW = "quick", "slow"
SLOW_CHECKS = ("stability",)
T = TypeVar("T")


@dataclass(frozen=True)
class Changed:
    """A row of the data with some inputs changed: {number of the input in the flat row: value in the model's units}."""

    row: int
    values: Mapping[int, float] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Predictions:
    """What the model says about n rows: x (n, *shape) in its units, outputs (n, outputs) logits or standardised values.

    `probabilities` (n, classes) of a classification, or `scores` where its loss gives none, else None; `predicted` (n,) of a regression in the target's own
    unit, else None; `names` of the outputs.
    """

    x: np.ndarray
    outputs: np.ndarray
    names: tuple[str, ...]
    probabilities: np.ndarray | None = None
    predicted: np.ndarray | None = None
    scores: np.ndarray | None = None


class Explainer:
    """Two lines of work, each with a process of its own: "quick" for what is looked at live, "slow" for all else.

    Answers come from memory or from the workspace's folder at once. Safe to use from threads.
    """

    def __init__(
        self, home: Path, *, desk: Desk | None = None, times: Times | None = None, program: Sequence[str] = PROGRAM
    ) -> None:
        """`home` is the workspace's folder; `program` is what follows "python" on the worker's command line."""
        self._desk = desk or Desk()
        self._store = AnswerStore(home / FOLDER)
        self._home = home
        command, times = (*program, str(home / FOLDER)), times or Times()
        self.lines = {
            QUICK: Line(QUICK, self._desk, self._store, command, times),
            SLOW: Line(SLOW, self._desk, self._store, (*command, "--compile"), times),
        }

    def warm_up(self) -> None:
        """Start both processes without waiting for them: they load their libraries while nobody asks."""
        for line in self.lines.values():
            line.warm_up()

    def close(self) -> None:
        """End the processes; what waits or is at work fails."""
        self._desk.close()
        for line in self.lines.values():
            line.close()

    def ask(
        self, what: str, question: Mapping[str, Any], *, asker: str, read: Callable[[Answer], T], run: Run | None = None
    ) -> Ticket[T]:
        """Ask a question of core.explain.worker.questions; `read` makes of the answer what the ticket gives.

        The question is the key of its answer, so all that decides the answer must stand in it: of a checkpoint its
        state's hash. A failure is remembered too, until the ticket is told to forget it. Of a `run` that is only shown, what
        the slow line would answer is not asked anew; what others have asked can be looked at.

        Raises:
            BadInput: when `asker` has enough questions waiting.
            NotAllowed: when the run is only shown, and nobody has asked this.
        """
        key = answer_key(what, question)
        job = self._desk.join(key, asker)
        if job is None:
            stored = self._store.get(key)
            line = line_of(what, question)
            if stored is None and line == SLOW and run is not None:
                run.must_not_cost()
            job = self._desk.add(key, what, question, line, asker, stored)
            if stored is None:
                self.lines[line].start()
        return Ticket(self._desk, job, asker, read)

    def explanation(
        self,
        run: Run,
        checkpoint: Checkpoint,
        question: Question,
        checks: tuple[str, ...] | None = None,
        *,
        asker: str,
    ) -> Ticket[Explanation]:
        """Explain a run at a checkpoint; `checks` None are those of everyday use (core.explain.trusted.USUAL).

        Raises:
            BadInput: when `asker` has enough questions waiting.
        """
        asked = {
            **self.about(run, checkpoint),
            "question": json.loads(json.dumps(question.document())),
            "checks": None if checks is None else list(checks),
        }
        return self.ask("explain", asked, asker=asker, read=_explanation, run=run)

    def predictions(
        self,
        run: Run,
        checkpoint: Checkpoint,
        rows: Sequence[Changed] | np.ndarray,
        part: str = "validation",
        *,
        asker: str,
    ) -> Ticket[Predictions]:
        """What the model says about rows of `part` with inputs changed, or about whole rows (n, *shape) in its units.

        Raises:
            BadInput: when `asker` has enough questions waiting.
        """
        if isinstance(rows, np.ndarray):
            given: dict[str, Any] = {"inputs": rows.tolist()}
        else:
            changed = [
                {"row": int(one.row), "values": {str(place): float(value) for place, value in one.values.items()}}
                for one in rows
            ]
            given = {"part": part, "changed": changed}
        return self.ask("predict", {**self.about(run, checkpoint), **given}, asker=asker, read=_predictions)

    def verdicts(self, run: Run, checkpoint: Checkpoint, *, asker: str) -> Ticket[dict[str, Verdict]]:
        """Of every method whether it is sound on the model of a checkpoint, with the reason where it is not.

        Raises:
            BadInput: when `asker` has enough questions waiting.
        """
        return self.ask("preflight", self.about(run, checkpoint), asker=asker, read=_verdicts)

    def known_answer(self, method: str, kind: str, *, asker: str) -> Ticket[Check]:
        """What a method finds of what was planted in data of a kind (core.explain.trust.planted.KINDS).

        Raises:
            BadInput: when `asker` has enough questions waiting.
        """
        return self.ask("known_answer", {"method": method, "kind": kind}, asker=asker, read=_check)

    def influence(
        self,
        run: Run,
        checkpoint: Checkpoint,
        rows: Sequence[int],
        params: Mapping[str, ParamValue],
        target: int | str,
        *,
        asker: str,
    ) -> Ticket[Influence]:
        """Which training rows pushed the predictions of validation rows (core.explain.influence).

        Raises:
            BadInput: when `asker` has enough questions waiting.
        """
        asked = {**self.about(run, checkpoint), "rows": list(rows), "params": dict(params), "target": target}
        return self.ask("influence", asked, asker=asker, read=_influence, run=run)

    def planted_labels(self, seed: int = 0, *, asker: str) -> Ticket[Check]:
        """What influence finds of labels that were turned over.

        Raises:
            BadInput: when `asker` has enough questions waiting.
        """
        return self.ask("planted_labels", {"seed": seed}, asker=asker, read=_check)

    def concepts(
        self,
        run: Run,
        checkpoint: Checkpoint,
        concepts: Sequence[str],
        layer: str,
        params: Mapping[str, ParamValue],
        *,
        asker: str,
    ) -> Ticket[Concepts]:
        """How the outputs hang on concepts, each written "kind:name"; none are those that fit the data, "" the usual layer.

        Raises:
            BadInput: when `asker` has enough questions waiting.
        """
        asked = {**self.about(run, checkpoint), "concepts": list(concepts), "layer": layer, "params": dict(params)}
        return self.ask("concepts", asked, asker=asker, read=_concepts, run=run)

    def about(self, run: Run, checkpoint: Checkpoint) -> dict[str, Any]:
        """The part of a question that names a model: whose run, at which step, in which state."""
        return {
            "run": str(run.path),
            "step": checkpoint.step,
            "state": checkpoint.state_hash,
            "uploads": str(run.path.parent.parent),
        }


def line_of(what: str, question: Mapping[str, Any]) -> str:
    """The line that answers a question: quick for predictions, preflight and instant methods, slow for all else."""
    if what in ("predict", "preflight"):
        return QUICK
    if what != "explain" or set(question["checks"] or ()) & set(SLOW_CHECKS):
        return SLOW
    return QUICK if EXPLANATIONS[question["question"]["method"]].cost == "instant" else SLOW


def _explanation(answer: Answer) -> Explanation:
    return Explanation.from_parts(answer.document, answer.arrays)


def _predictions(answer: Answer) -> Predictions:
    return Predictions(**answer.arrays, names=tuple(answer.document["names"]))


def _verdicts(answer: Answer) -> dict[str, Verdict]:
    return {
        method: Sound(said["gap"]) if said["sound"] else Refused(said["reason"])
        for method, said in answer.document.items()
    }


def _influence(answer: Answer) -> Influence:
    return Influence.from_parts(answer.document, answer.arrays)


def _concepts(answer: Answer) -> Concepts:
    return Concepts.from_parts(answer.document, answer.arrays)


def _check(answer: Answer) -> Check:
    return Check(**answer.document)
