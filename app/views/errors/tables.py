"""Tables of classes: each one's figures with their averages, and two models' figures side by side."""

from __future__ import annotations

import numpy as np
import pandas as pd

from core.evaluation.confusion import ClassScores, class_scores, confusion_matrix
from core.evaluation.metrics.catalogue import METRICS
from core.evaluation.metrics.classification import averaged
from core.evaluation.metrics.measure import measure
from core.evaluation.metrics.spec import Score
from core.evaluation.predictions import Predictions

AREAS = ("roc_auc", "average_precision")
COUNTED = ("recall", "precision", "f1")


def scores_of(found: Predictions, named: np.ndarray | None = None) -> ClassScores:
    """The scores of every class, under the classes `named` (n,) in the place of the likeliest ones."""
    return class_scores(
        confusion_matrix(found.targets, found.named if named is None else named, len(found.class_names))
    )


def class_table(scores: ClassScores, measured: dict[str, Score], names: tuple[str, ...]) -> pd.DataFrame:
    """One row per class, and two of averages; empty where a figure can't be told."""
    rows = int(scores.support.sum())
    columns: dict[str, list[object]] = {"Class": [*names, "mean of classes", "mean by rows"]}
    for key in COUNTED:
        values = getattr(scores, key)
        means = [averaged(values, scores, average) for average in ("macro", "weighted")]
        columns[METRICS[key].label] = [*values.round(3), *(round(mean, 3) for mean in means)]
    for key in AREAS:
        areas = measured[key].by_class
        assert areas is not None
        means = [measured[key].value, _weighted(areas, scores.support)]
        columns[METRICS[key].label] = [*areas.round(3), *(round(mean, 3) for mean in means)]
    columns["Rows"] = [*scores.support, rows, rows]
    columns["Named"] = [*scores.named, rows, rows]
    return pd.DataFrame(columns)


def _weighted(areas: np.ndarray, support: np.ndarray) -> float:
    known = np.isfinite(areas)
    return float(np.average(areas[known], weights=support[known])) if known.any() else float("nan")


def before_and_after(before: ClassScores, after: ClassScores, names: tuple[str, ...]) -> pd.DataFrame:
    """Recall, precision and F1 of each class under two ways to name classes, and their means over classes."""
    columns: dict[str, list[object]] = {
        "Class": [*names, "mean of classes"],
        "Rows": [*before.support, int(before.support.sum())],
    }
    for key in COUNTED:
        for when, scores in (("before", before), ("after", after)):
            values = getattr(scores, key)
            columns[f"{METRICS[key].label} {when}"] = [*values.round(3), round(averaged(values, scores, "macro"), 3)]
    return pd.DataFrame(columns)


def metrics_table(found: dict[str, Predictions], keys: tuple[str, ...] = ()) -> pd.DataFrame:
    """One row per metric, or per one of `keys`, and one column per model by its name."""
    columns = {name: measure(one) for name, one in found.items()}
    shown = [key for key in keys or METRICS if all(key in scores for scores in columns.values())]
    table: dict[str, list[object]] = {
        "Metric": [METRICS[key].label for key in shown],
        "Better": ["higher" if METRICS[key].higher_is_better else "lower" for key in shown],
    }
    table |= {name: [float(f"{scores[key].value:.4g}") for key in shown] for name, scores in columns.items()}
    return pd.DataFrame(table | {"What it says": [METRICS[key].summary for key in shown]})
