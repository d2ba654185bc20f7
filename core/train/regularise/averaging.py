"""Averages of the weights over training, evaluated in place of the last ones: exponential (EMA) and stochastic (SWA)."""

from __future__ import annotations

from typing import Any

import torch

from core.optim.evaluation import KeepsAverage
from core.optim.wrappers import Around
from core.train.regularise.base import Regulariser


class WeightAverage(KeepsAverage, Around):
    """An optimizer that keeps an average of the weights it trains.

    From step `begin` on, every `every`-th step enters: with weight 1 - decay where there is a `decay` (at first less memory,
    (1 + n) / (10 + n)), else so that all count alike. Until then the average is the weights themselves.
    """

    def __init__(self, base: torch.optim.Optimizer, *, decay: float | None, begin: int, every: int) -> None:
        super().__init__(base, decay=decay, begin=begin, every=every, steps=0, averaged=0, train_mode=True)

    @torch.no_grad()
    def step(self, closure: Any = None) -> Any:
        """One step of the inner optimizer, and the average's when it is time."""
        loss = self.inner[0].step(closure)
        for group in self.param_groups:
            group["steps"] += 1
            if group["steps"] < group["begin"] or (group["steps"] - group["begin"]) % group["every"]:
                continue
            count, decay = group["averaged"], group["decay"]
            keep = min(decay, (1 + count) / (10 + count)) if decay is not None else count / (count + 1)
            group["averaged"] += 1
            for weight in group["params"]:
                state = self.state[weight]
                if "average" in state:
                    state["average"].lerp_(weight, 1.0 - keep)
                elif weight.grad is not None:  # the inner optimizer begins a weight whose state is empty
                    state["average"] = weight.detach().clone()
        return loss


class ExponentialAverage(Regulariser):
    """Evaluates an exponential moving average of the weights (Ruppert 1988; Tarvainen and Valpola 2017)."""

    def __init__(self, *, decay: float = 0.99) -> None:
        self.decay = decay

    def optimizer(
        self, optimizer: torch.optim.Optimizer, steps_per_epoch: int, total_steps: int
    ) -> torch.optim.Optimizer:
        """The optimizer with an average that every step enters."""
        return WeightAverage(optimizer, decay=self.decay, begin=1, every=1)


class StochasticAverage(Regulariser):
    """Evaluates the mean of the weights at the ends of the last epochs (Izmailov et al. 2018)."""

    def __init__(self, *, start: float = 0.75) -> None:
        self.start = start

    def optimizer(
        self, optimizer: torch.optim.Optimizer, steps_per_epoch: int, total_steps: int
    ) -> torch.optim.Optimizer:
        """The optimizer with an average that the end of each epoch after the share `start` of the run enters."""
        first = max(1, round(self.start * total_steps / steps_per_epoch)) * steps_per_epoch
        return WeightAverage(optimizer, decay=None, begin=first, every=steps_per_epoch)
