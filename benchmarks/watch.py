"""What `gradclinic.watch` costs a hand-written loop: with it against without, in alternating segments of one process.

Prints, for each loop, (CPU time of the training thread with / without) - 1 over all rounds with its 95 % bootstrap
interval over rounds, the same for wall time, and what was recorded. The A/A row shows the noise. The target is 5 %.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable

import torch
from torch import nn

from benchmarks.paired import Trainer, bare, print_table
from gradclinic import watch


def watched(budget: float | None) -> Callable[[nn.Module, torch.Tensor, torch.Tensor], Trainer]:
    """The plain loop with one call of doctor.step() more."""

    def make(model: nn.Module, x: torch.Tensor, y: torch.Tensor) -> Trainer:
        optimizer, loss_function = torch.optim.Adam(model.parameters(), lr=1e-4), nn.CrossEntropyLoss()
        doctor = watch(model, optimizer, out=tempfile.mkdtemp(), budget=budget)

        def step() -> None:
            optimizer.zero_grad(set_to_none=True)
            outputs = model(x)
            loss = loss_function(outputs, y)
            loss.backward()
            optimizer.step()
            doctor.step(loss, outputs, y)
            loss.item()

        def finish() -> str:
            told = doctor.recorded()
            doctor.close()
            return told

        return Trainer(step, finish)

    return make


def main() -> None:
    """Print the table."""
    torch.set_num_threads(1)
    trainers: dict[str, Callable[..., Trainer]] = {
        "A/A (bare against bare)": bare,
        "watch, default budget of 5 %": watched(0.05),
        "watch, no budget": watched(None),
    }
    print_table("Overhead of watch", trainers)


if __name__ == "__main__":
    main()
