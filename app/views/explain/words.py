"""Attributions in the words and units of the data: what is explained, what it says, what a sample is called."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from app.words import percent
from core.data.base import Prepared
from core.evaluation.links import PROBABLE, answers, output_noun
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


def in_units(data: Prepared, found: Attribution, link: str) -> InUnits:
    """A classification's values are logits or scores; a regression's are put back into the target's unit, or are on the
    scale of its logarithm. `link` is that of the loss (core.evaluation.links)."""
    if link == "exp":
        return InUnits(found.values, found.base_value, found.output, f"ln of {data.target_name}")
    if data.task == "regression":
        base = None if found.base_value is None else found.base_value * data.y_std + data.y_mean
        return InUnits(found.values * data.y_std, base, found.output * data.y_std + data.y_mean, data.target_name)
    targets = set(found.target.tolist())
    noun = output_noun(link)
    unit = f"{noun} of {data.class_names[targets.pop()]}" if len(targets) == 1 else f"{noun} of each row's class"
    return InUnits(found.values, found.base_value, found.output, unit)


def said_of(data: Prepared, found: Explanation, place: int, row: int, link: str) -> str:
    """What the model says of the explained row at `place`, which is validation row `row`, and what is true."""
    shares = answers(found.outputs[place], link)
    if data.task == "regression":
        output, true = (float(value) * data.y_std + data.y_mean for value in (shares[0], data.y_val[row]))
        return f"says {output:.4g}; true: {true:.4g}"
    named = int(shares.argmax())
    true_class = data.class_names[int(data.y_val[row])]
    sure = percent(float(shares[named]), 0) if link in PROBABLE else f"score {shares[named]:.3g}"
    return f"says {data.class_names[named]} ({sure}); true: {true_class}"


def spread_rows(data: Prepared, count: int) -> tuple[int, ...]:
    """`count` validation rows at even steps of the target's order, so that every class has its share; the same each time."""
    order = np.argsort(data.y_val, kind="stable")
    picked = order[np.linspace(0, len(order) - 1, min(count, len(order))).round().astype(int)]
    return tuple(sorted({int(row) for row in picked}))
