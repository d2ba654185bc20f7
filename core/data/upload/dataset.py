"""From an uploaded table to a data set: every usable column becomes numbers, with a note on all that was left out."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from core.data.base import Dataset
from core.data.upload.infer import USED, Column, infer_task
from core.data.upload.store import load_upload
from core.errors import DataError, suggestion
from core.store.workspace import default_home

if TYPE_CHECKING:
    import pandas as pd

LEAST_ROWS = 10
MOST_CLASSES = 1000
LEVELS = 20


def uploaded(seed: int, *, file: str, target: str, task: str = "auto", uploads: Path | None = None) -> Dataset:
    """The uploaded table `file` of the workspace `uploads` with `target` as what is to be predicted.

    Numbers keep their gaps as NaN (filled later with the training median), truth values become 0/1, categories one
    column a level (the commonest LEVELS, then "other"), dates days since 1970.

    Raises:
        DataError: when target or rows can't be used, with what to do next.
    """
    table, frame = load_upload(uploads or default_home(), file)
    names = [column.name for column in table.columns]
    if not target:
        raise DataError(f"No target column is chosen; set data.target to one of: {', '.join(names[:12])}.")
    if target not in names:
        raise DataError(f"The table {table.filename!r} has no column {target!r}{suggestion(target, names)}.")
    notes: list[str] = []
    values = frame[target]
    task = infer_task(values) if task == "auto" else task
    frame, values = _rows_with_a_target(frame, values, target, task, notes)
    y, classes = _target(values, target, task)
    columns: list[np.ndarray] = []
    features: list[str] = []
    for column in table.columns:
        if column.name != target:
            _encode(column, frame[column.name], columns, features, notes)
    if not columns:
        raise DataError(
            f"No column of {table.filename!r} beside {target!r} can be used as a feature: {' '.join(notes)}"
        )
    x = np.stack(columns, axis=1).astype(np.float32)
    infinite = int(np.isinf(x).sum())
    if infinite:
        x[np.isinf(x)] = np.nan
        notes.append(f"{infinite:,} infinite values are treated as missing.")
    return Dataset(
        "upload",
        "tabular",
        task,
        x,
        y,
        class_names=classes,
        feature_names=tuple(features),
        target_name=target,
        notes=tuple(notes),
    )


def _rows_with_a_target(
    frame: pd.DataFrame, values: pd.Series, target: str, task: str, notes: list[str]
) -> tuple[pd.DataFrame, pd.Series]:
    import pandas as pd

    if task == "regression":
        numbers = pd.to_numeric(values, errors="coerce")
        if numbers.notna().sum() == 0 and values.notna().any():
            raise DataError(
                f"The target {target!r} holds text, so it can't be a number to predict; set data.task to classification."
            )
        values = numbers.replace([np.inf, -np.inf], np.nan)
    keep = values.notna()
    if task == "classification":
        counts = values[keep].astype(str).value_counts()
        rare = set(counts[counts < 2].index)
        if rare:
            keep &= ~values.astype(str).isin(rare)
            notes.append(
                f"{len(rare):,} classes with a single row are left out; a class needs two rows to train and validate."
            )
    dropped = int((~keep).sum())
    if dropped == len(frame):
        raise DataError(f"The target {target!r} has no usable value; choose another column.")
    if dropped:
        notes.append(f"{dropped:,} rows without a usable target are left out.")
    if len(frame) - dropped < LEAST_ROWS:
        raise DataError(
            f"Only {len(frame) - dropped} rows have a usable target {target!r}; at least {LEAST_ROWS} are needed."
        )
    return frame[keep].reset_index(drop=True), values[keep].reset_index(drop=True)


def _target(values: pd.Series, target: str, task: str) -> tuple[np.ndarray, tuple[str, ...]]:
    if task == "regression":
        y = values.to_numpy(np.float32)
        if np.ptp(y) == 0:
            raise DataError(
                f"The target {target!r} is always {y[0]:g}, so there is nothing to predict; choose another column."
            )
        return y, ()
    numeric = values.dtype.kind in "iuf"
    levels = sorted(values.unique()) if numeric else sorted(values.astype(str).unique())
    names = [f"{level:g}" if numeric else str(level) for level in levels]
    if len(names) < 2:
        raise DataError(
            f"The target {target!r} has one class only ({names[0]}), so there is nothing to tell apart; choose another column."
        )
    if len(names) > MOST_CLASSES:
        raise DataError(
            f"The target {target!r} has {len(names):,} classes; at most {MOST_CLASSES:,} are allowed. Is it a number? Set data.task to regression."
        )
    index = {level: i for i, level in enumerate(levels)}
    found = values if numeric else values.astype(str)
    return found.map(index).to_numpy(np.int64), tuple(names)


def _encode(
    column: Column, values: pd.Series, columns: list[np.ndarray], features: list[str], notes: list[str]
) -> None:
    """Append the numeric columns that `column` becomes, or a note on why it is left out."""
    import pandas as pd

    if column.type not in USED:
        why = {
            "empty": "has no values", "constant": "always has the same value",
            "identifier": "names each row", "text": "is free text",
        }[column.type]  # fmt: skip
        notes.append(f"{column.name!r} {why} and is left out.")
        return
    if column.type == "number":
        columns.append(pd.to_numeric(values, errors="coerce").to_numpy(np.float64, na_value=np.nan))
        features.append(column.name)
    elif column.type == "date":
        dates = pd.to_datetime(values, errors="coerce", format="mixed", utc=True)
        days = (dates - pd.Timestamp("1970-01-01", tz="UTC")).dt.total_seconds() / 86_400
        columns.append(days.to_numpy(np.float64, na_value=np.nan))
        features.append(f"{column.name} (days)")
    elif column.type == "boolean":
        truth = values.map(
            lambda v: np.nan if pd.isna(v) else float(str(v).strip().lower() in ("true", "yes", "y", "t", "on", "1"))
        )
        columns.append(truth.to_numpy(np.float64))
        features.append(column.name)
    else:
        text = values.map(lambda v: "missing" if pd.isna(v) else str(v))
        levels = list(text.value_counts().index[:LEVELS])
        for level in sorted(levels):
            columns.append((text == level).to_numpy(np.float64))
            features.append(f"{column.name} = {level}")
        if text.nunique() > LEVELS:
            columns.append((~text.isin(levels)).to_numpy(np.float64))
            features.append(f"{column.name} = other")
