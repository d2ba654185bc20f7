"""The explanation worker's question about concepts. No torch until it is asked."""

from __future__ import annotations

from typing import Any

import numpy as np

from core.explain.concepts.base import Ask
from core.explain.worker.job import Job


def concepts(question: dict[str, Any], job: Job) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """{"run", "step", "uploads"}: a `Concepts`; {"concepts": ["kind:name"], "layer", "outputs", "rows", "seed", "params"} if wanted."""
    from core.explain.concepts.tcav import concepts as answer

    opened = job.opened(question["run"], question["step"], question["uploads"])
    found = answer(
        opened,
        [Ask.of(text) for text in question.get("concepts", ())],
        should_stop=job.should_stop,
        progress=job.progress,
        **{name: question[name] for name in ("layer", "outputs", "rows", "seed") if name in question},
        **question.get("params", {}),
    )
    return found.document(), found.arrays()
