"""The architectures to choose from. No torch."""

from __future__ import annotations

from core.models.base import ArchitectureSpec
from core.models.entries import (
    attention,
    coding,
    convolutional,
    feed_forward,
    graph,
    images,
    pretrained,
    recurrent,
    series,
    tables,
)  # fmt: skip
from core.registry import Catalogue

ARCHITECTURES: Catalogue[ArchitectureSpec] = Catalogue(
    "architecture",
    (
        *feed_forward.ENTRIES,
        *tables.ENTRIES,
        *convolutional.ENTRIES,
        *images.ENTRIES,
        *recurrent.ENTRIES,
        *series.ENTRIES,
        *attention.ENTRIES,
        *graph.ENTRIES,
        *coding.ENTRIES,
        *pretrained.ENTRIES,
    ),
)


def model_fault(key: str, kind: str, task: str | None, data: str = "this") -> str | None:
    """Why that architecture can't be trained on `data` of a kind for a task, as the rest of a sentence; None if it can.

    A `task` of None is not known yet, and suits all.
    """
    model = ARCHITECTURES[key]
    if kind not in model.kinds:
        said = f"{key} takes {' or '.join(model.kinds)} data, but {data} is {kind}"
    elif task and task not in model.tasks:
        said = f"{key} is for {' or '.join(model.tasks)}, not for {task}"
    else:
        return None
    fitting = (
        other
        for other, spec in ARCHITECTURES.items()
        if kind in spec.kinds and (kind not in model.kinds or task in spec.tasks)
    )
    return f"{said}; choose one of: {', '.join(fitting)}"
