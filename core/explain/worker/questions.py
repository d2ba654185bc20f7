"""The questions that the explanation worker answers. Each imports what it needs when it is asked, so the table is light."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from core.explain.worker.job import Job

Document = dict[str, Any]
Arrays = dict[str, np.ndarray]
Parts = tuple[Document, Arrays]


def explain(question: Document, job: Job) -> Parts:
    """{"run", "step", "uploads", "question", "checks"}: an `Explanation`; without checks (None) those of everyday use."""
    from core.explain.base import Question
    from core.explain.explain import explanation
    from core.explain.trusted import USUAL

    checks = USUAL if question["checks"] is None else tuple(question["checks"])
    opened = job.opened(question["run"], question["step"], question["uploads"])
    asked = Question.from_document(question["question"])
    found = explanation(opened, asked, checks, should_stop=job.should_stop, progress=job.progress)
    return found.document(), found.arrays()


def predict(question: Document, job: Job) -> Parts:
    """{"run", "step", "uploads", "part", "changed": [{"row", "values"}]} or {..., "inputs"}: outputs of rows one thinks up."""
    from core.explain.worker.prediction import predict as answer

    return answer(job.opened(question["run"], question["step"], question["uploads"]), question)


def preflight(question: Document, job: Job) -> Parts:
    """{"run", "step", "uploads"}: {method: {"sound", "gap", "reason"}} for all methods."""
    from core.explain.base import Question, Refused
    from core.explain.catalogue import EXPLANATIONS
    from core.explain.explain import few_rows, request_for
    from core.explain.preflight import judge

    opened = job.opened(question["run"], question["step"], question["uploads"])
    asked = Question(method="integrated_gradients", rows=few_rows(opened))
    request = request_for(opened, asked, should_stop=job.should_stop)
    found: Document = {}
    for number, (key, spec) in enumerate(EXPLANATIONS.items()):
        job.check()
        verdict = judge(opened.subject, request, spec)
        if isinstance(verdict, Refused):
            found[key] = {"sound": False, "gap": None, "reason": verdict.reason}
        else:
            found[key] = {"sound": True, "gap": verdict.gap, "reason": ""}
        job.progress((number + 1) / len(EXPLANATIONS))
    return found, {}


def known_answer(question: Document, job: Job) -> Parts:
    """{"method", "kind"}: the known-answer test of a method, as the document of a `Check`."""
    from core.explain.worker.known import known_answer as answer

    return answer(question["method"], question["kind"], job), {}


def influence(question: Document, job: Job) -> Parts:
    """{"run", "step", "uploads", "rows", "target", "params"}: an `Influence`."""
    from core.explain.influence.question import influence as answer

    return answer(question, job)


def planted_labels(question: Document, job: Job) -> Parts:
    """{"seed"}: the known-answer test of influence, as the document of a `Check`."""
    from core.explain.influence.question import planted_labels as answer

    return answer(question, job)


def concepts(question: Document, job: Job) -> Parts:
    """{"run", "step", "uploads", "concepts", "layer", "outputs", "seed", "params"}: a `Concepts`."""
    from core.explain.concepts.question import concepts as answer

    return answer(question, job)


QUESTIONS: dict[str, Callable[[Document, Job], Parts]] = {
    "explain": explain,
    "predict": predict,
    "preflight": preflight,
    "known_answer": known_answer,
    "influence": influence,
    "planted_labels": planted_labels,
    "concepts": concepts,
}
