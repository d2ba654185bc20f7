"""Our own Shapley values of tabular rows, with their standard errors."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from core.explain.base import Attribution, Request
from core.explain.methods.common import Chunk, attribute, check
from core.explain.prepare import Subject
from core.explain.shapley.values import shapley_values


def shapley(subject: Subject, request: Request, *, pairs: int = 2) -> Attribution:
    """Exact up to 10 columns, else by `pairs` of random orders and their reverses for each background row.

    Raises:
        Cancelled: when the request's `should_stop` says so between two batches.
    """
    notes: list[str] = []
    errors: list[np.ndarray] = []

    def report(share: float) -> None:
        check(request)
        request.progress(share)

    def compute(chunk: Chunk) -> np.ndarray:
        found = shapley_values(
            subject.predict, request.x[chunk.rows], request.target[chunk.rows], request.background,
            pairs=pairs, seed=request.seed, progress=report,
        )  # fmt: skip
        if found.exact:
            notes.append("All subsets of the columns were counted: against this background the values are exact.")
        else:
            share = np.median(found.standard_errors) / max(float(np.median(np.abs(found.values))), 1e-12)
            notes.append(f"Sampled: the middle standard error is {share:.0%} of the middle value.")
            errors.append(found.standard_errors)
        return found.values

    background, rows = request.background, len(request.x)  # in one chunk, whose batches are smaller than it
    answer = attribute(
        subject, request, "shapley", compute, base=background.rows, weights=background.shares, params={"pairs": pairs}, rows=rows
    )  # fmt: skip
    return replace(answer, standard_errors=np.concatenate(errors) if errors else None, notes=(*answer.notes, *notes))
