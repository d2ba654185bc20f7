"""Watching for losses and gradients that are not finite numbers: told once, counted, and when to give up."""

from __future__ import annotations

import math

import numpy as np

from core.store.rows import RunWriter

PATIENCE = 50
FAILED = (
    f"The loss was not a finite number for {PATIENCE} steps in a row, so training stopped. "
    "Fork from a checkpoint before that with a lower learning rate or gradient clipping."
)


class NonFiniteWatch:
    """Called for each record whose loss or gradient norm is not finite; writes the event "non_finite" for the first."""

    def __init__(self, writer: RunWriter) -> None:
        self.layers: list[str] = []
        self.in_a_row = 0
        self.first_loss: int | None = None
        self._last = -1
        self._told = False
        self._writer = writer

    @property
    def hopeless(self) -> bool:
        """Whether PATIENCE losses in a row were not finite."""
        return self.in_a_row >= PATIENCE

    def look(self, stream: str, step: int, row: np.ndarray) -> None:
        """Take in one record that is not finite in its first column."""
        if stream == "step":
            self.in_a_row = self.in_a_row + 1 if step == self._last + 1 else 1
            self._last = step
            self.first_loss = self.first_loss or step
        if self._told:
            return
        self._told = True
        bad = (
            [n for n, v in zip(self.layers, row[1:], strict=False) if not math.isfinite(v)]
            if stream == "gradients"
            else []
        )
        what = "loss" if stream == "step" else "gradient norm"
        self._writer.event(step, "non_finite", what=what, value=str(row[0]), layers=bad)
