"""Data sets of the usual and the odd: only usual rows train and validate, known anomalies are kept apart to be found."""

from __future__ import annotations

import numpy as np

from core.data.base import Dataset
from core.data.files import sample_file

NAMES = ("usual", "anomaly")
VALIDATION = 0.3
TRAINED_ON = 1200  # points of the calm recording, which come first


def shuttle(seed: int) -> Dataset:
    """20,000 records of nine sensors of a space shuttle, 500 of them anomalies; 30 % of the usual ones validate."""
    import pandas as pd

    table = pd.read_csv(sample_file("shuttle_anomaly.csv.gz"))
    y = table.pop("anomaly").to_numpy(np.int64)
    part = np.where(np.random.default_rng(seed).random(len(y)) < VALIDATION, 1, 0).astype(np.int8)
    part[y == 1] = 2
    return Dataset(
        "shuttle", "tabular", "reconstruction", table.to_numpy(np.float32), y, class_names=NAMES,
        feature_names=tuple(f"sensor {i + 1}" for i in range(table.shape[1])), part=part, notes=_notes(y),
    )  # fmt: skip


def bleeding(seed: int, *, window: int = 48, stride: int = 4) -> Dataset:
    """A curve of blood pressure cut into windows, one every `stride` points; a short disturbance is to be found.

    Windows of the first recording train, those of the second validate; those with an anomalous point are kept apart.
    """
    import pandas as pd

    table = pd.read_csv(sample_file("bleeding_anomaly.csv.gz"))
    parts = ((0, TRAINED_ON), (TRAINED_ON, len(table)))  # two recordings: no window spans both
    starts = np.concatenate([np.arange(begin, end - window + 1, stride) for begin, end in parts])
    points = starts[:, None] + np.arange(window)
    y = (table["is_anomaly"].to_numpy()[points].max(axis=1) > 0).astype(np.int64)
    part = np.where(starts < TRAINED_ON, 0, 1).astype(np.int8)
    part[y == 1] = 2
    return Dataset(
        "bleeding", "sequence", "reconstruction", table["value"].to_numpy(np.float32)[points][..., None], y,
        class_names=NAMES, feature_names=("pressure",), part=part, notes=_notes(y),
    )  # fmt: skip


def _notes(y: np.ndarray) -> tuple[str, ...]:
    return (
        f"The {int(y.sum()):,} known anomalies neither train nor validate; the Errors page says how well they stand out.",
    )
