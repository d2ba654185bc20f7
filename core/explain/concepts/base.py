"""What a question about concepts asks and answers, as plain values and arrays. No torch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from core.errors import BadInput
from core.explain.trust.light import Check, Trust

SENSITIVE, OPPOSED, NOT_SEPARABLE = "sensitive", "opposed", "not separable from random concepts"
ASKS = {"class": "rows of a class", "feature": "rows high in a feature", "pattern": "a pattern laid over images", "word": "texts with a word"}  # fmt: skip


@dataclass(frozen=True)
class Ask:
    """One concept: its kind (ASKS) and which, the name of a class, feature, pattern or word."""

    kind: str
    name: str

    @classmethod
    def of(cls, text: str) -> Ask:
        """The concept that "kind:name" writes, for example "pattern:checker".

        Raises:
            BadInput: when there is no such kind, or no name.
        """
        kind, _, name = text.partition(":")
        if kind not in ASKS or not name:
            raise BadInput(
                f"{text!r} is no concept; write KIND:NAME with a kind of {', '.join(ASKS)}, such as pattern:checker."
            )
        return cls(kind, name)


@dataclass(frozen=True, kw_only=True, eq=False)
class Concepts:
    """How each class's output moves along each concept's direction at a layer.

    concepts         their words, c of them; `classes` the words of the k outputs, `outputs` (k,) their numbers
    score            (c, k) share of a class's rows whose output rises along the concept; the mean over random sets
    alignment        (c, k) mean cos(gradient, concept's direction), -1 to 1; the mean over random sets
    p                (c, k) of the alignment against those of random concepts, corrected after Holm
    agreement        (c, k) share of random sets whose alignment has the sign of the mean
    accuracy         (c,) of telling the concept from random rows, on rows held out; 0.5 is guessing
    null_score       (m, k) of concepts that are random rows; `null_alignment` (m, k) and `null_accuracy` (m,) alike
    counted          (k,) rows of each class that had a gradient
    verdicts         c lists of k words: SENSITIVE, OPPOSED or NOT_SEPARABLE
    """

    layer: str
    concepts: tuple[str, ...]
    classes: tuple[str, ...]
    outputs: np.ndarray
    score: np.ndarray
    alignment: np.ndarray
    p: np.ndarray
    agreement: np.ndarray
    accuracy: np.ndarray
    null_score: np.ndarray
    null_alignment: np.ndarray
    null_accuracy: np.ndarray
    counted: np.ndarray
    verdicts: tuple[tuple[str, ...], ...]
    trust: Trust
    params: Mapping[str, Any]
    step: int = 0
    notes: tuple[str, ...] = ()
    seconds: float = 0.0
    method: str = "tcav"

    ARRAYS = (
        "outputs", "score", "alignment", "p", "agreement", "accuracy", "null_score", "null_alignment", "null_accuracy", "counted",
    )  # fmt: skip

    def arrays(self) -> dict[str, np.ndarray]:
        """The arrays by name."""
        return {name: getattr(self, name) for name in self.ARRAYS}

    def document(self) -> dict[str, Any]:
        """All but the arrays, for JSON."""
        return {
            "method": self.method,
            "layer": self.layer,
            "step": self.step,
            "concepts": list(self.concepts),
            "classes": list(self.classes),
            "verdicts": [list(row) for row in self.verdicts],
            "trust": self.trust.document(),
            "params": dict(self.params),
            "notes": list(self.notes),
            "seconds": self.seconds,
        }

    @classmethod
    def from_parts(cls, document: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> Concepts:
        """Undo `document` and `arrays`."""
        values = {**document, **arrays}
        values["trust"] = Trust(tuple(Check(**check) for check in document["trust"]["checks"]))
        for name in ("concepts", "classes", "notes"):
            values[name] = tuple(document[name])
        values["verdicts"] = tuple(tuple(row) for row in document["verdicts"])
        return cls(**values)

    def table(self) -> list[dict[str, Any]]:
        """A row for each concept and class, the most aligned first, for a table or the command line."""
        rows = [
            {
                "concept": concept, "class": name, "verdict": self.verdicts[i][j], "score": float(self.score[i, j]),
                "alignment": float(self.alignment[i, j]), "p": float(self.p[i, j]), "accuracy": float(self.accuracy[i]),
            }
            for i, concept in enumerate(self.concepts)
            for j, name in enumerate(self.classes)
        ]  # fmt: skip
        return sorted(rows, key=lambda row: -abs(row["alignment"]))
