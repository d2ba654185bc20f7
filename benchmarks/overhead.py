"""What recording costs: instrumented training against a bare loop, in alternating segments of one process.

Prints, for each loop and recorder, (CPU time of the training thread with / without) - 1 over all rounds with its 95 %
bootstrap interval over rounds, the same for wall time, and what was recorded. The A/A row shows the noise.
"""

from __future__ import annotations

import importlib.util
import os
import tempfile
from collections.abc import Callable
from pathlib import Path

import torch
from torch import nn

from benchmarks.paired import Trainer, bare, print_table
from core.probes.layers import find_layers
from core.probes.recorder import Recorder
from core.recipe.parts import RecordPart
from core.store.rows import RunWriter


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
    print_table("Recording overhead", recorders)


if __name__ == "__main__":
    main()
