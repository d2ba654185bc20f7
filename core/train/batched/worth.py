"""Whether a batch pays: small models spend their time on overhead, which a batch shares; large ones on arithmetic."""

from __future__ import annotations

import torch
from torch import nn

from core.train.plan import Plan

MOST_WORK_ON_CPU = 15_000_000


def why_too_large(plan: Plan) -> str | None:
    """A sentence that says why this model trains as fast alone, or None when a batch pays.

    A CPU spends the time of one small step on calling, not on computing; the gain of a batch falls with the work
    in a step and is gone near MOST_WORK_ON_CPU (`python -m benchmarks.batched` measures it). An accelerator has room.
    """
    work = work_of_a_step(plan)
    if plan.device.type != "cpu" or work <= MOST_WORK_ON_CPU:
        return None
    return (
        f"A step of this model takes {work / 1e6:,.0f} million multiplications, which keep the CPU busy by themselves; "
        "a batch would not be faster."
    )


def work_of_a_step(plan: Plan) -> int:
    """Multiplications in the dense and convolutional layers in one forward pass of one training batch."""
    found = []

    def count(module: nn.Module, inputs: tuple[torch.Tensor], output: torch.Tensor) -> None:
        positions = output[0].numel() // output.shape[1]
        found.append(module.weight.numel() * positions)

    layers = [m for m in plan.model.modules() if isinstance(m, (nn.Linear, nn.Conv1d, nn.Conv2d))]
    hooks = [layer.register_forward_hook(count) for layer in layers]
    training = plan.model.training
    try:
        with torch.no_grad():
            plan.model.eval()(plan.example())
    finally:
        plan.model.train(training)
        for hook in hooks:
            hook.remove()
    return sum(found) * min(plan.recipe.train.batch_size, len(plan.x_train))
