"""An observer and session in one, for the loop without a process around it."""

from __future__ import annotations

import torch

from core.train import loop
from core.train.events import Evaluated, Unobserved
from core.train.plan import Plan
from core.train.state import Progress


class Still(Unobserved):
    """Keeps losses and rates, and writes nothing; as a session it stops the run after `until` steps."""

    def __init__(self, until: int = 10**9) -> None:
        self.until = until
        self.losses: list[float] = []
        self.lrs: list[float] = []

    def train(self, plan: Plan, progress: Progress) -> None:
        """Train from where `progress` is."""
        loop.train(plan, progress, self, self)

    def step_done(self, step: int, loss: torch.Tensor, lr: float, samples: int) -> bool:
        self.losses.append(loss.item())
        self.lrs.append(lr)
        return False

    def before_step(self) -> bool:
        self.until -= 1
        return self.until >= 0

    def after_step(self, loss: torch.Tensor) -> None:
        """Nothing to do."""

    def evaluated(self, result: Evaluated) -> None:
        """Nothing to do."""
