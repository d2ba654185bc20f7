"""What one recorded step costs: a stopwatch around the recorders' own calls inside one training loop.

The recorders take turns of a second or so, in an order that changes from round to round, each with the caches as
training leaves them. Prints microseconds of CPU time of the training thread per recorded step, commits included, and
the ratio of ours to the others with its 95 % bootstrap interval over rounds. It does not see what a recorder does to
the caches and allocator of the training (benchmarks/overhead.py does), but it is far less noisy.
"""

from __future__ import annotations

import importlib.util
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from torch import nn

from benchmarks.loops import LOOPS, Loop
from benchmarks.overhead import tensorboard_log, trackio_log
from core.probes.layers import find_layers
from core.probes.recorder import Recorder
from core.recipe.parts import RecordPart
from core.store.rows import RunWriter

ROUNDS = int(os.environ.get("BENCH_ROUNDS", "31"))
TURN_SECONDS = 0.7  # longer than the time between two commits
OURS = "ours"

Record = Callable[[int, torch.Tensor], None]
Log = Callable[[dict[str, float], int], None]


def ours(model: nn.Module, samples: int) -> tuple[Record, Record]:
    """Our recorder's calls before and after the update: every layer's gradient norm, the loss, the learning rate."""
    record = RecordPart(budget=None, updates=False, activations=False)
    recorder = Recorder(model, record, RunWriter(Path(tempfile.mkdtemp()) / "run.db", 1))

    def before(step: int, loss: torch.Tensor) -> None:
        recorder.step_begins(step)
        recorder.gradients_ready(step)

    def after(step: int, loss: torch.Tensor) -> None:
        recorder.update_begins(step)
        recorder.step_done(step, loss, 1e-4, samples)
        recorder.flush("running", step, dict)

    return before, after


def theirs(model: nn.Module, log: Log) -> tuple[Record, Record]:
    """The same content, measured with one foreach call, given to `log`."""
    layers = find_layers(model)
    parameters = [p for layer in layers for p in (*layer.weights, *layer.biases)]
    names = [f"{layer.name}.{i}" for layer in layers for i in range(len(layer.weights) + len(layer.biases))]
    norms: list[float] = []

    def before(step: int, loss: torch.Tensor) -> None:
        norms[:] = torch.stack(torch._foreach_norm([p.grad for p in parameters])).tolist()

    def after(step: int, loss: torch.Tensor) -> None:
        log({"loss": loss.item(), "lr": 1e-4, **dict(zip(names, norms, strict=True))}, step)

    return before, after


def measure(loop: Loop, logs: dict[str, Log]) -> dict[str, list[list[float]]]:
    """Seconds of each recorder at each step of each of its turns."""
    torch.manual_seed(0)
    model, x = loop.model(), loop.inputs()
    y = torch.randint(0, 10, (len(x),))
    optimizer, loss_function = torch.optim.Adam(model.parameters(), lr=1e-4), nn.CrossEntropyLoss()
    recorders = {OURS: ours(model, len(x))} | {name: theirs(model, log) for name, log in logs.items()}
    count = 0

    def turn(before: Record, after: Record) -> list[float]:
        nonlocal count
        took: list[float] = []
        end = time.perf_counter() + TURN_SECONDS
        while not took or time.perf_counter() < end:
            count += 1
            optimizer.zero_grad(set_to_none=True)
            loss = loss_function(model(x), y)
            loss.backward()
            begun = time.thread_time()
            before(count, loss)
            seconds = time.thread_time() - begun
            optimizer.step()
            begun = time.thread_time()
            after(count, loss)
            took.append(seconds + time.thread_time() - begun)
        return took

    for before, after in recorders.values():  # caches fill
        turn(before, after)
    found: dict[str, list[list[float]]] = {name: [] for name in recorders}
    for number in range(ROUNDS):
        names = list(recorders) if number % 2 else list(reversed(recorders))
        for name in names:
            found[name].append(turn(*recorders[name]))
    return found


def interval(one: list[list[float]], other: list[list[float]]) -> tuple[float, float, float]:
    """Ratio of the mean seconds a step of two recorders, with its 95 % bootstrap interval over rounds."""
    totals = np.array([[sum(a), len(a), sum(b), len(b)] for a, b in zip(one, other, strict=True)])
    drawn = totals[np.random.default_rng(0).integers(0, len(totals), (2000, len(totals)))].sum(axis=1)
    low, high = np.quantile(drawn[:, 0] / drawn[:, 1] / (drawn[:, 2] / drawn[:, 3]), [0.025, 0.975])
    total = totals.sum(axis=0)
    return float(total[0] / total[1] / (total[2] / total[3])), float(low), float(high)


def main() -> None:
    """Print a line for each loop and recorder."""
    torch.set_num_threads(1)
    logs: dict[str, Log] = {}
    for name, module, make in (
        ("Trackio", "trackio", trackio_log),
        ("TensorBoard scalars", "tensorboard", tensorboard_log),
    ):
        if importlib.util.find_spec(module):
            logs[name] = make()
        else:
            print(f"({name}: {module} is not installed; pip install '.[bench]')")
    print("Every layer's gradient norm, the loss and the learning rate at each step: microseconds a step.")
    for loop in LOOPS:
        found = measure(loop, logs)
        print(f"\n{loop.key}: {loop.label}, n={ROUNDS} turns of {TURN_SECONDS} s")
        for name, turns in found.items():
            steps = np.concatenate(turns)
            line = f"  {name:20} mean {1e6 * steps.mean():6.0f}   median {1e6 * np.median(steps):6.0f}   steps {len(steps):5}"
            if name != OURS:
                ratio, low, high = interval(found[OURS], turns)
                line += f"   ours / {name} {ratio:.2f} [{low:.2f}, {high:.2f}]"
            print(line, flush=True)


if __name__ == "__main__":
    main()
