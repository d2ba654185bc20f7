"""What is recorded of a member: one row per window of steps, so that all members share one grid of progress. No torch."""

from __future__ import annotations

import math
from dataclasses import dataclass

WINDOWS = 200
LEAST_WINDOWS, LEAST_STEPS = 50, 4
EVALUATIONS = 20
COLUMNS = ("loss", "loss_worst", "worst_step", "lr", "gradient_norm", "update_ratio")


@dataclass(frozen=True)
class Grid:
    """Cuts `total` steps into `windows` windows of nearly equal length; evaluations fall on about 20 of their ends."""

    total: int
    windows: int

    @classmethod
    def over(cls, total: int) -> Grid:
        """The grid of a member of `total` steps: WINDOWS windows of at least LEAST_STEPS, fewer for a short training."""
        return cls(total, min(WINDOWS, max(LEAST_WINDOWS, total // LEAST_STEPS), total))

    def end(self, window: int) -> int:
        """The last step of `window` (1-based); 0 for window 0."""
        return window * self.total // self.windows

    def evaluates(self, window: int) -> bool:
        """Whether the member is evaluated at the end of `window`: always at the last one."""
        every = max(1, self.windows // EVALUATIONS)
        return window % every == 0 or window == self.windows


class LossWindow:
    """Gathers the losses of one window: their mean, and the worst one with its step, so that no spike gets lost."""

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        """Begin a new window."""
        self._sum, self._count = 0.0, 0
        self._worst, self._worst_step = -math.inf, 0

    def add(self, step: int, loss: float) -> None:
        """One more step's loss; one that is not a number counts as the worst."""
        self._sum += loss
        self._count += 1
        if math.isnan(self._worst):
            return
        if math.isnan(loss) or loss > self._worst:
            self._worst, self._worst_step = loss, step

    def row(self, lr: float, gradient_norm: float, update_ratio: float) -> list[float]:
        """The window's COLUMNS."""
        mean = self._sum / self._count if self._count else math.nan
        return [mean, self._worst, float(self._worst_step), lr, gradient_norm, update_ratio]
