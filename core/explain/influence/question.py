"""The explanation worker's question about influence. No torch until it is asked."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from core.explain.worker.job import Job


def influence(question: dict[str, Any], job: Job) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """{"run", "step", "uploads", "rows"} and, where wanted, {"part", "target", "seed", "params"}: an `Influence`."""
    from core.explain.influence.influence import influence as answer
    from core.store.workspace import Run

    opened = job.opened(question["run"], question["step"], question["uploads"])
    found = answer(
        Run(Path(question["run"])),
        question["rows"],
        step=opened.step,
        uploads=Path(question["uploads"]),
        data=opened.data,
        should_stop=job.should_stop,
        progress=job.progress,
        **{name: question[name] for name in ("part", "target", "seed") if name in question},
        **question.get("params", {}),
    )
    return found.document(), found.arrays()


def planted_labels(question: dict[str, Any], job: Job) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """{} or {"seed"}: the known-answer test of influence, as the document of a `Check`."""
    from dataclasses import asdict

    from core.explain.influence.planted_labels import planted_labels as check

    return asdict(check(int(question.get("seed", 0)))), {}
