"""Attributions in the words and units of the data: what is explained, what it says, what a sample is called."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from app.words import percent
from core.data.base import Prepared
from core.evaluation.predictions import softmax
from core.explain.base import Attribution
from core.explain.result import Explanation


@dataclass(frozen=True, eq=False)
class InUnits:
    """Attributions in the unit that the reader knows: a logit, or the target's own unit.

    `values` (n, ...), `base` (n,) or None, `output` (n,), and the unit in words.
    """

    values: np.ndarray
    base: np.ndarray | None
    output: np.ndarray
    unit: str


def in_units(data: Prepared, found: Attribution) -> InUnits:
    """A classification's values are logits; a regression's are put back into the target's unit."""
    if data.task == "regression":
        base = None if found.base_value is None else found.base_value * data.y_std + data.y_mean
        return InUnits(found.values * data.y_std, base, found.output * data.y_std + data.y_mean, data.target_name)
    targets = set(found.target.tolist())
    unit = f"logit of {data.class_names[targets.pop()]}" if len(targets) == 1 else "logit of each row's class"
    return InUnits(found.values, found.base_value, found.output, unit)


def said_of(data: Prepared, found: Explanation, place: int, row: int) -> str:
    """What the model says of the explained row at `place`, which is validation row `row`, and what is true."""
    outputs = found.outputs[place]
    if data.task == "regression":
        output, true = (float(value) * data.y_std + data.y_mean for value in (outputs[0], data.y_val[row]))
        return f"says {output:.4g}; true: {true:.4g}"
    shares = softmax(outputs)
    named = int(shares.argmax())
    true_class = data.class_names[int(data.y_val[row])]
    return f"says {data.class_names[named]} ({percent(float(shares[named]), 0)}); true: {true_class}"


def spread_rows(data: Prepared, count: int) -> tuple[int, ...]:
    """`count` validation rows at even steps of the target's order, so that every class has its share; the same each time."""
    order = np.argsort(data.y_val, kind="stable")
    picked = order[np.linspace(0, len(order) - 1, min(count, len(order))).round().astype(int)]
    return tuple(sorted({int(row) for row in picked}))
