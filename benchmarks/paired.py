"""Paired measurement: two ways to train, in alternating segments of one process."""

from __future__ import annotations

import copy
import os
import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import nn

from benchmarks.loops import LOOPS, Loop

Step = Callable[[], None]
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "31"))


@dataclass
class Trainer:
    """One model in training; `step` makes one optimizer step."""

    step: Step
    finish: Callable[[], str]


def bare(model: nn.Module, x: torch.Tensor, y: torch.Tensor) -> Trainer:
    """The plain loop."""
    optimizer, loss_function = torch.optim.Adam(model.parameters(), lr=1e-4), nn.CrossEntropyLoss()

    def step() -> None:
        optimizer.zero_grad(set_to_none=True)
        loss = loss_function(model(x), y)
        loss.backward()
        optimizer.step()
        loss.item()

    return Trainer(step, lambda: "nothing")


def measure(loop: Loop, make: Callable[..., Trainer]) -> dict[str, Any]:
    """Alternate bare and instrumented segments; the order within a round alternates too.

    Returns (CPU time with / without) - 1 over all rounds with its 95 % bootstrap interval over rounds, the same of
    wall time, milliseconds of a bare step, and what was recorded.
    """
    torch.manual_seed(0)
    model, x, y = loop.model(), loop.inputs(), torch.randint(0, 10, (len(loop.inputs()),))
    plain, instrumented = bare(copy.deepcopy(model), x, y), make(copy.deepcopy(model), x, y)

    def timed(step: Step, steps: int) -> tuple[float, float]:
        cpu, wall = time.thread_time(), time.perf_counter()
        for _ in range(steps):
            step()
        return time.thread_time() - cpu, time.perf_counter() - wall

    for trainer in (plain, instrumented):  # caches fill, cadences settle
        timed(trainer.step, max(3 * loop.segment, 40))
    pairs = []
    for number in range(ROUNDS):
        order = (plain, instrumented) if number % 2 else (instrumented, plain)
        found = {id(trainer): timed(trainer.step, loop.segment) for trainer in order}
        pairs.append((*found[id(instrumented)], *found[id(plain)]))
    table = np.array(pairs)
    draws = np.random.default_rng(0).integers(0, ROUNDS, (2000, ROUNDS))
    resampled = table[draws].sum(axis=1)
    total = table.sum(axis=0)
    low, high = np.quantile(resampled[:, 0] / resampled[:, 2] - 1, [0.025, 0.975])
    return {
        "cpu": total[0] / total[2] - 1,
        "low": low,
        "high": high,
        "wall": total[1] / total[3] - 1,
        "step_ms": 1000 * statistics.median(table[:, 3]) / loop.segment,
        "recorded": instrumented.finish(),
    }


def shown(name: str, row: dict[str, Any]) -> str:
    """One line of a table of measurements."""
    return (
        f"  {name:40} {100 * row['cpu']:+6.1f} % [{100 * row['low']:+.1f}, {100 * row['high']:+.1f}]"
        f"   wall {100 * row['wall']:+6.1f} %   step {row['step_ms']:.2f} ms   {row['recorded']}"
    )


def print_table(title: str, trainers: Mapping[str, Callable[..., Trainer]]) -> None:
    """Measure each trainer on each of the four loops, and print a line for each as it comes."""
    print(f"{title} over n={ROUNDS} paired rounds: CPU time of the training thread [95 % interval], wall time.")
    for loop in LOOPS:
        print(f"\n{loop.key}: {loop.label}, {loop.segment} steps a segment")
        for name, make in trainers.items():
            print(shown(name, measure(loop, make)), flush=True)
