"""The answer of an influence method: which training rows pushed each prediction, as plain arrays. No torch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from core.explain.trust.light import Check, Trust


@dataclass(frozen=True, kw_only=True, eq=False)
class Influence:
    """Proponents and opponents of each explained row, and the training rows that influence themselves most.

    rows               (n,) numbers of the explained rows in their `part`
    target             (n,) what they are explained for: class numbers, or the targets of a regression
    proponents         (n, k) numbers into data.x_train, the strongest first; opponents alike
    proponent_scores   (n, k) their influence: how far the loss of the row would fall by a step on them
    opponent_scores    (n, k), the most negative first
    proponent_labels   (n, k) the targets of these training rows, as training saw them; opponent_labels alike
    searched           (m,) the training rows that were looked at, in order
    self_influence     (m,) of each of these
    suspects           (s,) numbers of those with the largest, the largest first: hard, or wrongly labelled
    made_up            numbers of those training rows, among all named, that a balance made up: no rows of the data
    steps, rates       (c,) of the checkpoints; `shares` (c,) how many steps each stands for, relative to their mean
    cautions           sentences on what moved the weights and is in no gradient here
    """

    method: str
    part: str
    rows: np.ndarray
    target: np.ndarray
    proponents: np.ndarray
    proponent_scores: np.ndarray
    proponent_labels: np.ndarray
    opponents: np.ndarray
    opponent_scores: np.ndarray
    opponent_labels: np.ndarray
    searched: np.ndarray
    self_influence: np.ndarray
    suspects: np.ndarray
    made_up: np.ndarray
    steps: np.ndarray
    rates: np.ndarray
    shares: np.ndarray
    trust: Trust
    params: Mapping[str, Any]
    notes: tuple[str, ...] = ()
    cautions: tuple[str, ...] = ()
    seconds: float = 0.0

    ARRAYS = (
        "rows", "target", "proponents", "proponent_scores", "proponent_labels", "opponents", "opponent_scores",
        "opponent_labels", "searched", "self_influence", "suspects", "made_up", "steps", "rates", "shares",
    )  # fmt: skip

    def arrays(self) -> dict[str, np.ndarray]:
        """The arrays by name."""
        return {name: getattr(self, name) for name in self.ARRAYS}

    def document(self) -> dict[str, Any]:
        """All but the arrays, for JSON."""
        return {
            "method": self.method,
            "part": self.part,
            "params": dict(self.params),
            "trust": self.trust.document(),
            "notes": list(self.notes),
            "cautions": list(self.cautions),
            "seconds": self.seconds,
        }

    @classmethod
    def from_parts(cls, document: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> Influence:
        """Undo `document` and `arrays`."""
        trust = Trust(tuple(Check(**check) for check in document["trust"]["checks"]))
        return cls(
            **{
                **document,
                **arrays,
                "trust": trust,
                "notes": tuple(document["notes"]),
                "cautions": tuple(document["cautions"]),
            }
        )
