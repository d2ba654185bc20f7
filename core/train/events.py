"""What the loop tells its observers, and what one of them must offer."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from typing import Protocol

import torch


@dataclass(frozen=True)
class Evaluated:
    """Metrics on the validation rows and on a fixed sample of training rows after `step` steps.

    `predictions` says how the outputs for the validation rows are spread (core.train.evaluate.PREDICTIONS).
    """

    step: int
    metrics: dict[str, float]
    improved: bool
    predictions: dict[str, float] = field(default_factory=dict)


class Observer(Protocol):
    """Called by the loop at these moments; steps count from 1. The recorder is one."""

    def step_begins(self, step: int) -> None:
        """Before the batch is drawn."""

    def gradients_ready(self, step: int, loss_scale: float = 1.0) -> None:
        """After backward and unscale, before clipping."""

    def update_begins(self, step: int) -> None:
        """After clipping, before the optimizer moves the weights."""

    def evaluating(self, step: int) -> AbstractContextManager[object]:
        """Around the evaluation of the fixed sample of training rows."""

    def step_done(self, step: int, loss: torch.Tensor, lr: float, samples: int) -> bool:
        """After the optimizer moved the weights; True asks the session to note a change of cadence."""


class Unobserved:
    """An observer that looks at nothing; a base for those that look at some moments only."""

    def step_begins(self, step: int) -> None:
        """Nothing to do."""

    def gradients_ready(self, step: int, loss_scale: float = 1.0) -> None:
        """Nothing to do."""

    def update_begins(self, step: int) -> None:
        """Nothing to do."""

    def evaluating(self, step: int) -> AbstractContextManager[object]:
        """Nothing to do."""
        return nullcontext()

    def step_done(self, step: int, loss: torch.Tensor, lr: float, samples: int) -> bool:
        """Nothing changes."""
        return False
