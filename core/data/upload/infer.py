"""What kind of column each is, and what kind of task a target makes."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pandas as pd

TYPES = ("number", "category", "boolean", "date", "text", "identifier", "constant", "empty")
USED = ("number", "category", "boolean", "date")
FEW_VALUES = 20
MOST_LEVELS = 200


@dataclass(frozen=True)
class Column:
    """One column: `type` is one of TYPES; `missing` and `distinct` are counts; `example` is its first value."""

    name: str
    type: str
    missing: int
    distinct: int
    example: str


def describe_columns(frame: pd.DataFrame) -> tuple[Column, ...]:
    """The columns of `frame` with their inferred types."""
    return tuple(_describe(str(name), frame[name]) for name in frame.columns)


def _describe(name: str, values: pd.Series) -> Column:
    present = values.dropna()
    distinct = int(present.nunique())
    example = "" if present.empty else str(present.iloc[0])[:60]
    return Column(name, column_type(name, values), int(values.isna().sum()), distinct, example)


def column_type(name: str, values: pd.Series) -> str:
    """One of TYPES for a column's values."""
    import pandas as pd

    present = values.dropna()
    distinct = int(present.nunique())
    if present.empty:
        return "empty"
    if distinct == 1:
        return "constant"
    if pd.api.types.is_bool_dtype(present) or _looks_boolean(present):
        return "boolean"
    if pd.api.types.is_datetime64_any_dtype(present):
        return "date"
    if pd.api.types.is_numeric_dtype(present):
        counts_up = pd.api.types.is_integer_dtype(present) and distinct == len(present) and _named_like_an_id(name)
        return "identifier" if counts_up else "number"
    if _looks_like_dates(present):
        return "date"
    if distinct <= min(MOST_LEVELS, max(FEW_VALUES, len(present) // 2)):
        return "category"
    longest_words = present.astype(str).str.count(" ").median()
    return "text" if longest_words >= 2 else "identifier"


def infer_task(target: pd.Series) -> str:
    """ "classification" for text, truth values or few distinct whole numbers; else "regression"."""
    import pandas as pd

    present = target.dropna()
    if not pd.api.types.is_numeric_dtype(present) or pd.api.types.is_bool_dtype(present):
        return "classification"
    whole = bool(np.all(np.mod(present.to_numpy(np.float64), 1) == 0))
    return "classification" if whole and present.nunique() <= FEW_VALUES else "regression"


def _named_like_an_id(name: str) -> bool:
    words = name.lower().replace("-", "_").replace(" ", "_").split("_")
    return any(word in ("id", "index", "key", "number", "nr", "no", "uuid") for word in words) or name.startswith(
        "column 1"
    )


def _looks_boolean(present: pd.Series) -> bool:
    if present.nunique() != 2:
        return False
    return {str(value).strip().lower() for value in present.unique()} in (
        {"yes", "no"}, {"true", "false"}, {"y", "n"}, {"t", "f"}, {"on", "off"},
    )  # fmt: skip


def _looks_like_dates(present: pd.Series) -> bool:
    import pandas as pd

    sample = present.astype(str).head(200)
    if not sample.str.contains(r"\d{1,4}[-/.]\d{1,2}").mean() > 0.9:
        return False
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return bool(pd.to_datetime(sample, errors="coerce", format="mixed").notna().mean() > 0.95)
