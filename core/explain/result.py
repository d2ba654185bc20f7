"""An explanation as it is kept and shown: the attributions, the trust in them, and the curves behind it. No torch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from core.explain.base import Attribution
from core.explain.trust.curves import Curves
from core.explain.trust.light import Check, Trust


@dataclass(frozen=True, kw_only=True, eq=False)
class Explanation:
    """An answer with its error.

    `outputs` (n, outputs) are the model's outputs on the explained rows (logits, or standardised values); `curves` what
    the faithfulness check measured, None where it does not apply.
    """

    attribution: Attribution
    trust: Trust
    outputs: np.ndarray
    step: int
    curves: Curves | None = None

    def document(self) -> dict[str, Any]:
        """All but the arrays, for JSON."""
        return {
            "attribution": self.attribution.document(),
            "trust": self.trust.document(),
            "step": self.step,
            "curves_n": None if self.curves is None else self.curves.n,
        }

    def arrays(self) -> dict[str, np.ndarray]:
        """The arrays by name, for an npz file."""
        of_curves = {} if self.curves is None else {name: getattr(self.curves, name) for name in _CURVES}
        prefixed = {f"curves.{name}": values for name, values in of_curves.items()}
        return {**self.attribution.arrays(), **prefixed, "outputs": self.outputs}

    @classmethod
    def from_parts(cls, document: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> Explanation:
        """Undo `document` and `arrays`."""
        n = document["curves_n"]
        curves = None if n is None else Curves(**{name: arrays[f"curves.{name}"] for name in _CURVES}, n=n)
        own = {name: arrays[name] for name in Attribution.ARRAYS if name in arrays}
        return cls(
            attribution=Attribution.from_parts(document["attribution"], own),
            trust=Trust(tuple(Check(**check) for check in document["trust"]["checks"])),
            outputs=arrays["outputs"],
            step=document["step"],
            curves=curves,
        )


_CURVES = tuple(field.name for field in fields(Curves) if field.name != "n")
