"""What a lane costs: milliseconds per step when it trains alone, and bytes of optimizer state, measured."""

from __future__ import annotations

import statistics
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch

from core.recipe.parts import Recipe
from core.train import seeds
from core.train.events import Unobserved
from core.train.live_settings import LiveSettings
from core.train.loop import epoch_batches, train_step
from core.train.plan import make_plan
from core.train.state import Progress

WARM_UP_STEPS, MEASURED_STEPS = 4, 16


@dataclass(frozen=True)
class Cost:
    """`step_ms`: median over MEASURED_STEPS steps; `state_bytes`: what the optimizer keeps beside the weights."""

    step_ms: float
    state_bytes: int
    weight_bytes: int

    def document(self) -> dict[str, Any]:
        """As JSON."""
        return asdict(self)


def measure_cost(recipe: Recipe, uploads: Path | None) -> Cost:
    """Train a throw-away copy of `recipe` for a few steps, alone.

    On the CPU it is the time of this thread, so that other work on the machine counts as little as can be; on a GPU the
    time until the device has finished.
    """
    plan = make_plan(recipe, uploads)
    progress = Progress(LiveSettings.of(recipe))
    cpu = plan.device.type == "cpu" and recipe.train.threads == 1
    clock = time.thread_time if cpu else time.perf_counter
    took: list[float] = []
    while len(took) < WARM_UP_STEPS + MEASURED_STEPS:
        for rows in epoch_batches(plan, progress):
            begun = clock()
            train_step(plan, progress, Unobserved(), rows)
            if plan.device.type == "cuda":
                torch.cuda.synchronize()
            took.append(clock() - begun)
            progress.step += 1
            if len(took) == WARM_UP_STEPS + MEASURED_STEPS:
                break
    seeds.seed_everything(recipe.seed)
    return Cost(1000 * statistics.median(took[WARM_UP_STEPS:]), state_bytes(plan.optimizer), _bytes(plan.model))


def state_bytes(optimizer: torch.optim.Optimizer) -> int:
    """Bytes of all tensors in the optimizer's state."""
    return _nested_bytes(optimizer.state_dict()["state"])


def _nested_bytes(value: object) -> int:
    if isinstance(value, torch.Tensor):
        return value.numel() * value.element_size()
    if isinstance(value, dict):
        return sum(_nested_bytes(one) for one in value.values())
    if isinstance(value, list | tuple):
        return sum(_nested_bytes(one) for one in value)
    return 0


def _bytes(model: torch.nn.Module) -> int:
    return sum(p.numel() * p.element_size() for p in model.parameters())
