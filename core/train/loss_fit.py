"""Does a loss suit the data, and what must it be told of them? No torch."""

from __future__ import annotations

from typing import Any

import numpy as np

from core.data.base import Prepared
from core.recipe.parts import LossPart
from core.train.loss_catalogue import LOSSES


def loss_arguments(part: LossPart, data: Prepared) -> dict[str, Any]:
    """Everything that the loss of `part` is built with: its parameters and, where it asks for them, the class counts."""
    arguments: dict[str, Any] = dict(part.params)
    if LOSSES[part.key].needs_counts:
        arguments["counts"] = tuple(np.bincount(data.y_train, minlength=len(data.class_names)).tolist())
    return arguments


def loss_fault(part: LossPart, data: Prepared) -> str | None:
    """Why the loss can't be used on these data, as the rest of a sentence that begins with its name; None if it can."""
    spec = LOSSES[part.key]
    if data.task not in spec.tasks:
        fitting = ", ".join(key for key, other in LOSSES.items() if data.task in other.tasks)
        return f"{part.key} does not fit this {data.task} task; set loss.key to one of: {fitting}"
    if spec.targets == "counts":
        targets = np.concatenate([data.y_train, data.y_val])
        if (targets < 0).any() or (targets != np.round(targets)).any():
            return (
                f"{part.key} needs counts (whole numbers of at least 0), but {data.target_name} has others; "
                "set loss.key to mse, huber or quantile"
            )
    return None
