"""Several models on the same validation rows: which can be held side by side, and their average."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from core.errors import BadInput
from core.evaluation.predictions import Predictions
from core.recipe.parts import Recipe


def same_rows(recipe: Recipe, other: Recipe) -> bool:
    """Whether two recipes validate on the same rows: the data and the seed decide them, not the balance."""
    return recipe.data == other.data and recipe.seed == other.seed


def _alike(targets: np.ndarray, other: np.ndarray) -> bool:
    """Whether two runs have the same targets (n,): to rounding, for of two losses one may have seen them scaled."""
    return targets.shape == other.shape and np.allclose(
        targets, other, atol=1e-6 * float(np.abs(targets).max(initial=0.0))
    )


def average(found: Sequence[Predictions]) -> Predictions:
    """The predictions of all models together: the mean of their probabilities, or of their outputs for a regression.

    `outputs` are then the logarithms of the mean probabilities, whose softmax they are.

    Raises:
        BadInput: when there are fewer than two, or they are not of the same rows.
    """
    if len(found) < 2:
        raise BadInput("An average takes two runs or more; pick another one.")
    first = found[0]
    if any(one.class_names != first.class_names or not _alike(one.targets, first.targets) for one in found):
        raise BadInput(
            "These runs validate on different rows, so they can't be averaged; take runs of the same data and seed."
        )
    if not all(one.probable for one in found) and first.class_names:
        raise BadInput(
            "One of these runs has a loss whose outputs are scores and no probabilities, which can't be averaged; take runs with a "
            "cross-entropy."
        )
    if not first.class_names:
        return Predictions(np.mean([one.outputs for one in found], axis=0), first.targets)
    mean = np.mean([one.scores / one.scores.sum(axis=1, keepdims=True) for one in found], axis=0)
    return Predictions(np.log(np.maximum(mean, np.finfo(float).tiny)), first.targets, first.class_names)
