"""What recording costs: instrumented training against a bare loop, in alternating segments of one process.

Prints, for each loop and recorder, (CPU time of the training thread with / without) - 1 over all rounds with its 95 %
bootstrap interval over rounds, the same for wall time, and what was recorded. The A/A row shows the noise.
"""

from __future__ import annotations

import copy
import importlib.util
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from benchmarks.loops import LOOPS, Loop
from core.probes.layers import find_layers
from core.probes.recorder import Recorder
from core.recipe.parts import RecordPart
from core.store.rows import RunWriter

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


def ours(record: RecordPart) -> Callable[[nn.Module, torch.Tensor, torch.Tensor], Trainer]:
    """The loop with our recorder, writing to a real run.db."""

    def make(model: nn.Module, x: torch.Tensor, y: torch.Tensor) -> Trainer:
        optimizer, loss_function = torch.optim.Adam(model.parameters(), lr=1e-4), nn.CrossEntropyLoss()
        recorder = Recorder(model, record, RunWriter(Path(tempfile.mkdtemp()) / "run.db", 1))
        count = 0

        def step() -> None:
            nonlocal count
            count += 1
            recorder.step_begins(count)
            optimizer.zero_grad(set_to_none=True)
            loss = loss_function(model(x), y)
            loss.backward()
            recorder.gradients_ready(count)
            recorder.update_begins(count)
            optimizer.step()
            recorder.step_done(count, loss.detach(), 1e-4, len(x))
            recorder.flush("running", count, dict)

        def finish() -> str:
            recorder.flush("done", count, dict, force=True)
            cadence = ", ".join(f"{name} every {every}" for name, every in recorder.cadence.in_force.items())
            return f"{cadence}; own estimate {100 * recorder.cadence.share:.1f} %"

        return Trainer(step, finish)

    return make


def logged(log: Callable[[dict[str, float], int], None]) -> Callable[[nn.Module, torch.Tensor, torch.Tensor], Trainer]:
    """The loop with every layer's gradient norm, the loss and the learning rate given to `log` at each step."""

    def make(model: nn.Module, x: torch.Tensor, y: torch.Tensor) -> Trainer:
        optimizer, loss_function = torch.optim.Adam(model.parameters(), lr=1e-4), nn.CrossEntropyLoss()
        layers = find_layers(model)
        parameters = [p for layer in layers for p in (*layer.weights, *layer.biases)]
        names = [f"{layer.name}.{i}" for layer in layers for i in range(len(layer.weights) + len(layer.biases))]
        count = 0

        def step() -> None:
            nonlocal count
            count += 1
            optimizer.zero_grad(set_to_none=True)
            loss = loss_function(model(x), y)
            loss.backward()
            norms = torch.stack(torch._foreach_norm([p.grad for p in parameters])).tolist()
            optimizer.step()
            log({"loss": loss.item(), "lr": 1e-4, **dict(zip(names, norms, strict=True))}, count)

        return Trainer(step, lambda: "gradient norm of every tensor, each step")

    return make


def tensorboard_log() -> Callable[[dict[str, float], int], None]:
    """TensorBoard's SummaryWriter.add_scalar for each value."""
    from torch.utils.tensorboard import SummaryWriter

    writer = SummaryWriter(tempfile.mkdtemp())

    def log(values: dict[str, float], step: int) -> None:
        for name, value in values.items():
            writer.add_scalar(name, value, step)

    return log


def trackio_log() -> Callable[[dict[str, float], int], None]:
    """trackio.log with all values of the step."""
    os.environ["TRACKIO_DIR"] = tempfile.mkdtemp()
    import trackio

    trackio.init(project="bench", embed=False)
    return lambda values, step: trackio.log(values, step=step)


def measure(loop: Loop, make: Callable[..., Trainer]) -> dict[str, Any]:
    """Alternate bare and instrumented segments; the order within a round alternates too."""
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


def main() -> None:
    """Print the table."""
    torch.set_num_threads(1)
    gradients_only = {"updates": False, "activations": False}
    recorders: dict[str, Callable[..., Trainer]] = {
        "A/A (bare against bare)": bare,
        "ours, gradients each step, no budget": ours(RecordPart(budget=None, **gradients_only)),  # type: ignore[arg-type]
        "ours, gradients, 5 % budget": ours(RecordPart(**gradients_only)),  # type: ignore[arg-type]
        "ours, full default set, no budget": ours(RecordPart(budget=None)),
        "ours, full default set, 5 % budget": ours(RecordPart()),
    }
    for name, module, log in (
        ("TensorBoard scalars, same gradients", "tensorboard", tensorboard_log),
        ("Trackio, same gradients", "trackio", trackio_log),
    ):
        if importlib.util.find_spec(module):
            recorders[name] = logged(log())
        else:
            print(f"({name}: {module} is not installed; pip install '.[bench]')")
    print(
        f"Recording overhead over n={ROUNDS} paired rounds: CPU time of the training thread [95 % interval], wall time."
    )
    for loop in LOOPS:
        print(f"\n{loop.key}: {loop.label}, {loop.segment} steps a segment")
        for name, make in recorders.items():
            row = measure(loop, make)
            print(
                f"  {name:40} {100 * row['cpu']:+6.1f} % [{100 * row['low']:+.1f}, {100 * row['high']:+.1f}]"
                f"   wall {100 * row['wall']:+6.1f} %   step {row['step_ms']:.2f} ms   {row['recorded']}",
                flush=True,
            )


if __name__ == "__main__":
    main()
