"""What stands around an evaluation: averaged weights put in and taken out, running statistics held still."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import nn


class KeepsAverage(torch.optim.Optimizer):
    """An optimizer whose state holds an average of each weight: `eval` puts it in place of the weight, `train` takes it out.

    To be put before the optimizer's own class. Its groups have `train_mode`, at first True; `average_name` is the average's
    key in the state of a weight, absent until there is one.
    """

    average_name = "average"

    def eval(self) -> None:
        """Put the averages in place of the weights."""
        self._swap(to_training=False)

    def train(self) -> None:
        """Put the weights back."""
        self._swap(to_training=True)

    @torch.no_grad()
    def _swap(self, *, to_training: bool) -> None:
        for group in self.param_groups:
            if group["train_mode"] != to_training:
                group["train_mode"] = to_training
                for weight in group["params"]:
                    if self.average_name in self.state[weight]:
                        average = self.state[weight][self.average_name]
                        kept = weight.clone()
                        weight.copy_(average)
                        average.copy_(kept)


def keeps_average(optimizer: torch.optim.Optimizer) -> bool:
    """Whether the weights are now those to train, and the optimizer has others to evaluate."""
    return bool(optimizer.param_groups[0].get("train_mode", False))


@contextmanager
def evaluation_weights(optimizer: torch.optim.Optimizer) -> Iterator[None]:
    """The model has the weights to evaluate inside, and outside again those to train, to the last bit.

    They differ for an optimizer that keeps an average (`averages` in its catalogue entry).
    """
    if not keeps_average(optimizer):
        yield
        return
    weights = [p for group in optimizer.param_groups for p in group["params"]]
    kept = [p.detach().clone() for p in weights]
    optimizer.eval()
    try:
        yield
    finally:
        optimizer.train()
        with torch.no_grad():
            torch._foreach_copy_(weights, kept)


@contextmanager
def frozen_statistics(model: nn.Module) -> Iterator[None]:
    """Batch norm normalises with the batch inside, but leaves its running statistics alone.

    For further evaluations of a batch in one step, which would else count it several times.
    """
    norms = [m for m in model.modules() if isinstance(m, nn.modules.batchnorm._BatchNorm) and m.track_running_stats]
    for norm in norms:
        norm.track_running_stats = False
    try:
        yield
    finally:
        for norm in norms:
            norm.track_running_stats = True
