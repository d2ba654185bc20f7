"""What-if: the model's outputs for rows that somebody thought up, whole ones or rows of the data with some inputs changed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from core.data.base import Prepared
from core.errors import BadInput
from core.evaluation.links import PROBABLE, answers
from core.explain.base import PARTS
from core.explain.prepare import Opened

MOST_ROWS = 5000


def predict(opened: Opened, question: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """The outputs of the rows that `question` describes.

    The document says {"task", "names": of the outputs}; the arrays are x (n, *shape) in the model's units, outputs
    (n, outputs), and of a classification probabilities (n, classes), or scores where its loss gives none; of a regression
    `predicted` (n,) in the target's own unit.

    Raises:
        BadInput: when the rows do not fit the data.
    """
    data = opened.data
    x = _whole(data, question["inputs"]) if "inputs" in question else _changed(data, question)
    outputs = opened.subject.predict(x)
    arrays = {"x": x, "outputs": outputs}
    if data.task == "classification":
        arrays["probabilities" if opened.link in PROBABLE else "scores"] = answers(outputs, opened.link)
        return {"task": data.task, "names": list(data.class_names)}, arrays
    arrays["predicted"] = answers(outputs[:, 0], opened.link) * data.y_std + data.y_mean
    return {"task": data.task, "names": [data.target_name]}, arrays


def _whole(data: Prepared, inputs: object) -> np.ndarray:
    try:
        x = np.asarray(inputs, dtype=np.float64)
    except (TypeError, ValueError):
        x = np.empty(0)
    if x.shape[1:] != data.input_shape or not 1 <= len(x) <= MOST_ROWS:
        shape = " x ".join(map(str, data.input_shape))
        raise BadInput(f"These inputs do not fit the model: give 1 to {MOST_ROWS} rows of {shape} numbers each.")
    return _checked(data, x)


def _changed(data: Prepared, question: Mapping[str, Any]) -> np.ndarray:
    if question["part"] not in PARTS:
        raise BadInput(f"There is no part {question['part']!r}; choose {' or '.join(PARTS)}.")
    rows = data.x_val if question["part"] == "validation" else data.x_train
    changed = question["changed"]
    numbers = np.array([one["row"] for one in changed], dtype=np.int64)
    if not 1 <= len(numbers) <= MOST_ROWS or numbers.min() < 0 or numbers.max() >= len(rows):
        raise BadInput(f"These rows can't be predicted: give 1 to {MOST_ROWS} row numbers from 0 to {len(rows) - 1}.")
    x = rows[numbers].astype(np.float64)
    flat = x.reshape(len(x), -1)
    for row, one in zip(flat, changed, strict=True):
        for place, value in one["values"].items():
            if not 0 <= int(place) < len(row):
                raise BadInput(f"A row has no input {place}; its inputs are numbered from 0 to {len(row) - 1}.")
            row[int(place)] = value
    return _checked(data, flat.reshape(x.shape))


def _checked(data: Prepared, x: np.ndarray) -> np.ndarray:
    """`x` in the data's own type: float32, or int64 word numbers."""
    if not np.isfinite(x).all():
        raise BadInput("An input is not a finite number; give numbers in the model's units.")
    if data.kind != "text":
        return x.astype(np.float32)
    if x.min() < 0 or x.max() >= len(data.vocabulary) or (x != np.floor(x)).any():
        raise BadInput(f"Words are numbers from 0 to {len(data.vocabulary) - 1}; 0 is padding.")
    return x.astype(np.int64)
