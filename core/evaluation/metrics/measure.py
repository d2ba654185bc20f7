"""Every metric of a model's predictions at once."""

from __future__ import annotations

from core.evaluation.metrics.catalogue import METRICS
from core.evaluation.metrics.spec import Score
from core.evaluation.predictions import Predictions


def measure(found: Predictions) -> dict[str, Score]:
    """The score of every metric of the task, by key, with the metric's defaults.

    Where the outputs are scores and no probabilities, metrics of probabilities are left out.
    """
    task = "classification" if found.class_names else "regression"
    outputs = found.scores if found.class_names else found.outputs[:, 0]
    return {
        key: spec.load()(outputs, found.targets)
        for key, spec in METRICS.items()
        if spec.task == task and (found.probable or not spec.needs_probabilities)
    }
