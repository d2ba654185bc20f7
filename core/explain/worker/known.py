"""The known-answer test of a method of the catalogue: run on a planted model as on any other."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np

from core.errors import BadInput
from core.explain.base import Attribution, Refused, Request
from core.explain.baselines import Background
from core.explain.catalogue import attribution_method
from core.explain.preflight import judge
from core.explain.prepare import prepare
from core.explain.trust import planted
from core.explain.worker.job import Job


def known_answer(method: str, kind: str, job: Job) -> dict[str, Any]:
    """The document of the `Check` that says what `method` found of what was planted in data of a kind (planted.KINDS).

    Raises:
        BadInput: when there is no such test, or the method is refused on the planted model, with the reason.
        Cancelled: when the job was called off.
    """
    spec = attribution_method(method)

    def attributions(case: planted.Planted) -> np.ndarray:
        job.progress(0.3)  # the model is trained
        job.check()
        subject = prepare(case.model, case.x, kind)
        zeros = np.zeros(case.x.shape[1:], case.x.dtype)
        words = "padding" if kind == "text" else f"{len(case.background)} training rows"
        request = Request(
            x=case.x,
            target=case.targets,
            baseline=zeros,
            background=Background(zeros[None] if kind == "text" else case.background, words),
            should_stop=job.should_stop,
        )
        verdict = judge(subject, request, spec)
        if isinstance(verdict, Refused):
            raise BadInput(verdict.reason)
        found: Attribution = spec.load()(subject, request)
        if found.values.shape != case.x.shape:
            raise BadInput(
                f"{spec.label} answers for the units of layer {found.layer}, in which nothing was planted; choose a method "
                "that answers for inputs."
            )
        if spec.level == "global":  # means something as a mean over the rows only
            return np.broadcast_to(np.abs(found.values).mean(axis=0), found.values.shape)
        return found.values

    check = planted.known_answer(attributions, kind)
    job.progress(1.0)
    return asdict(check)
