"""From a question about a run to its answer: the run's model at a checkpoint, the rows, the targets, the method."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from core.errors import BadInput
from core.explain.base import PARTS, Attribution, Question, Refused, Request, never, silent
from core.explain.baselines import Background, background, baseline
from core.explain.catalogue import attribution_method
from core.explain.preflight import judge
from core.explain.prepare import Opened, open_run
from core.explain.result import Explanation
from core.explain.trusted import USUAL, checked
from core.store.workspace import Run

MOST_ROWS = 1000
Stop = Callable[[], bool]
Progress = Callable[[float], None]


def explain(
    folder: Path,
    question: Question,
    *,
    step: int | None = None,
    compared_with: Background | None = None,
    uploads: Path | None = None,
    should_stop: Stop = never,
) -> Attribution:
    """Explain the run in `folder` at checkpoint `step` (None = the newest).

    `compared_with` takes the place of the question's background rows, for instance weighted centres of clusters.

    Raises:
        BadInput: when the question can't be answered, or the method would mislead on this model, with the reason.
        Cancelled: when `should_stop()` says so between two chunks of work.
    """
    opened = open_run(Run(folder), step, uploads)
    return answer(opened, question, compared_with=compared_with, should_stop=should_stop)


def answer(
    opened: Opened, question: Question, *, compared_with: Background | None = None, should_stop: Stop = never
) -> Attribution:
    """As `explain`, for a model that is open already; a worker keeps it for the next question."""
    request = request_for(opened, question, compared_with=compared_with, should_stop=should_stop)
    return _found(opened, question, request)


def explanation(
    opened: Opened,
    question: Question,
    checks: tuple[str, ...] = USUAL,
    *,
    compared_with: Background | None = None,
    should_stop: Stop = never,
    progress: Progress = silent,
) -> Explanation:
    """The answer with the trust in it: those of `checks` (core.explain.trusted.CHECKS) that apply to the method.

    `progress` is told the share of the work done, 0 to 1; the method is counted as half of it.

    Raises:
        BadInput: as `explain`, and for a check that does not exist.
        Cancelled: when `should_stop()` says so between two chunks of work.
    """
    request = request_for(opened, question, compared_with=compared_with, should_stop=should_stop)
    found = _found(opened, question, replace(request, progress=lambda share: progress(share / 2)))
    spec = attribution_method(question.method)
    later = replace(request, progress=lambda share: progress((1 + share) / 2))
    trust, curves = checked(opened.subject, later, spec, spec.parse(question.params), found, checks)
    outputs = opened.subject.predict(request.x)
    progress(1.0)
    return Explanation(attribution=found, trust=trust, curves=curves, outputs=outputs, step=opened.step)


def _found(opened: Opened, question: Question, request: Request) -> Attribution:
    spec = attribution_method(question.method)
    params = spec.parse(question.params)
    measured_on = request_for(
        opened, replace(question, part="validation", rows=few_rows(opened)), should_stop=request.should_stop
    )
    if not np.isfinite(opened.subject.predict(request.x)).all():
        raise BadInput(
            "The model puts out numbers that are not finite on these rows, so there is nothing to explain; choose an "
            "earlier checkpoint or other rows."
        )
    verdict = judge(opened.subject, replace(measured_on, layer=question.layer), spec)
    if isinstance(verdict, Refused):
        raise BadInput(verdict.reason)
    found: Attribution = spec.load()(opened.subject, request, **params)
    if spec.needs_background:
        words = f"Compared with {request.background.words}."
    elif spec.needs_baseline:
        words = f"Compared with {baseline(opened.data, question.baseline).words}."
    else:
        return found
    return replace(found, notes=(words, *found.notes))


def few_rows(opened: Opened) -> tuple[int, ...]:
    """Some validation rows to measure on, the same for every question about this model."""
    total = len(opened.data.x_val)
    return tuple(np.linspace(0, total - 1, min(8, total)).astype(int).tolist())


def request_for(
    opened: Opened, question: Question, *, compared_with: Background | None = None, should_stop: Stop = never
) -> Request:
    """The arrays of a question.

    Raises:
        BadInput: when rows, part or target do not exist.
    """
    x, target = rows_and_targets(opened, question)
    return Request(
        x=x,
        target=target,
        baseline=baseline(opened.data, question.baseline).values,
        background=compared_with
        or background(opened.data, question.background, question.seed, question.background_kind),
        layer=question.layer,
        seed=question.seed,
        should_stop=should_stop,
    )


def rows_and_targets(opened: Opened, question: Question) -> tuple[np.ndarray, np.ndarray]:
    """x (n, *shape) of the asked rows, and the explained output of each, (n,) int64.

    Raises:
        BadInput: when rows, part or target do not exist.
    """
    data = opened.data
    if question.part not in PARTS:
        raise BadInput(f"There is no part {question.part!r}; choose {' or '.join(PARTS)}.")
    x, y = (data.x_val, data.y_val) if question.part == "validation" else (data.x_train, data.y_train)
    rows = np.asarray(question.rows, dtype=np.int64)
    if not 1 <= len(rows) <= MOST_ROWS or rows.min() < 0 or rows.max() >= len(x):
        raise BadInput(
            f"These rows can't be explained at once: give 1 to {MOST_ROWS} row numbers from 0 to {len(x) - 1} ({question.part} part)."
        )
    x = x[rows]
    if data.task == "regression":
        target = np.zeros(len(rows), np.int64)
    elif question.target == "predicted":
        target = opened.subject.predict(x).argmax(axis=1)
    elif question.target == "true":
        target = y[rows].astype(np.int64)
        if (target < 0).any():
            raise BadInput("The true class of these rows is not known; ask for predicted, or give rows with their y.")
    elif isinstance(question.target, int) and 0 <= question.target < data.outputs:
        target = np.full(len(rows), question.target, np.int64)
    else:
        raise BadInput(
            f"There is no output {question.target!r}; give predicted, true, or a number from 0 to {data.outputs - 1}."
        )
    return x, target


def top_features(opened: Opened, x: np.ndarray, found: Attribution, most: int = 10) -> list[dict[str, Any]]:
    """The inputs with the largest mean |value|, [{"name", "importance"}]; x (n, *shape) are the explained rows.

    Of a series these are channels, summed over time; of a text words, wherever they stand; of a layer its units.
    """
    size, names = np.abs(found.values), list(opened.data.feature_names)
    if found.layer:
        importance = size.mean(axis=0).ravel()
        names = [f"{found.layer} {position}" for position in np.ndindex(size.shape[1:])]
    elif opened.data.kind == "text":
        per_word = np.zeros(len(opened.data.vocabulary))
        np.add.at(per_word, x, size)
        importance, names = per_word / len(x), list(opened.data.vocabulary)
    elif opened.data.kind == "sequence":
        importance = size.sum(axis=1).mean(axis=0)
    else:
        summed = size.sum(axis=1) if opened.data.kind == "image" else size
        importance = summed.mean(axis=0).ravel()
    order = np.argsort(-importance, kind="stable")[:most]
    return [{"name": str(names[i]), "importance": float(importance[i])} for i in order]
