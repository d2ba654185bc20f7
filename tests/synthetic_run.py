"""A made-up run with realistic curves: vanishing gradients over depth, one spike, one NaN. For tests and benchmarks."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from core.store.process import ProcessIdentity
from core.store.rows import RunWriter
from core.store.workspace import Run, Workspace

LAYERS = ["fc1", "fc2", "fc3", "fc4", "fc5", "fc6", "fc7", "head"]
STEPS_PER_EPOCH = 500
STEP = ("loss", "lr", "samples_per_second")
EVALUATION = ("val_loss", "train_loss_eval", "val_accuracy", "val_f1", "train_accuracy")


def columns(layers: list[str]) -> dict[str, list[str]]:
    """The streams of a run with those layers."""

    def per(*families: str) -> list[str]:
        return [f"{family}/{layer}" for family in families for layer in layers]

    return {
        "step": list(STEP),
        "gradients": ["gradient_norm", *per("gradient_norm", "gradient_rms")],
        "updates": per("weight_norm", "update_norm", "update_ratio"),
        "activations": per(
            "activation_mean",
            "activation_std",
            "zero_fraction",
            "saturated_fraction",
            "pre_activation_gradient_rms",
        ),
        "evaluation": list(EVALUATION),
    }


@dataclass
class SyntheticRun:
    """Appends rows to a run in a workspace; `spike` and `nan` are steps at which the loss misbehaves."""

    workspace: Workspace
    name: str = "Vanishing demo"
    total_steps: int = 20_000
    layers: list[str] = field(default_factory=lambda: list(LAYERS))
    spike: int | None = 3_000
    nan: int | None = 4_200
    seed: int = 0
    decay: float = 0.45
    recipe: dict[str, Any] = field(default_factory=dict)
    every: dict[str, int] = field(
        default_factory=lambda: {"step": 1, "gradients": 1, "updates": 10, "activations": 10, "evaluation": 250}
    )

    def __post_init__(self) -> None:
        self.run: Run = self.workspace.create({"name": self.name, "record": {"budget": 5.0}, **self.recipe})
        self.step = 0
        self.attempt = 0
        self.writer: RunWriter | None = None
        self.started = time.time()

    def open(self, from_step: int = 0) -> RunWriter:
        """Begin an attempt of this process at `from_step`."""
        if self.writer:
            self.writer.close()
        self.attempt += 1
        self.step = from_step
        writer = self.writer = RunWriter(self.run.database, self.attempt)
        me = ProcessIdentity.of()
        writer.execute(
            "INSERT INTO attempts VALUES (?, ?, ?, ?, ?, ?, '{}')",
            (self.attempt, time.time(), from_step, me.pid, me.create_time, me.boot_id),
        )
        meta = {
            "steps_per_epoch": STEPS_PER_EPOCH,
            "layers": [{"name": name, "type": "Linear", "parameters": 4160} for name in self.layers],
            "task": "classification",
            "device": "cpu",
            "parameters": 4160 * len(self.layers),
        }
        for key, value in meta.items():
            writer.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, json.dumps(value)))
        for stream, names in columns(self.layers).items():
            writer.add_stream(stream, names)
        writer.event(from_step, "resumed" if from_step else "started")
        return writer

    def append(self, steps: int, *, status: str = "running", **state: Any) -> None:
        """Write the next `steps` steps and commit them."""
        writer = self.writer or self.open()
        first = self.step + 1
        at = np.arange(first, first + steps)
        values = self.values(at)
        for stream, rows in values.items():
            keep = at % self.every[stream] == 0 if self.every[stream] > 1 else np.ones(len(at), bool)
            for step, row in zip(at[keep], rows[keep].astype("<f4"), strict=True):
                writer.put(stream, int(step), step * 0.0005, row.tobytes())
        self.step = int(at[-1])
        if self.nan is not None and first <= self.nan <= self.step:
            writer.event(self.nan, "non_finite", what="loss", layer="fc1")
        writer.flush(status, self.step, self.state() | state)

    def state(self) -> dict[str, Any]:
        """What a trainer would say of itself."""
        return {
            "total_steps": self.total_steps,
            "epoch": self.step / STEPS_PER_EPOCH,
            "seconds": self.step * 0.0005,
            "step_seconds": 0.0005,
            "samples_per_second": 128_400.0,
            "overhead_share": 0.031,
            "cadence": self.every,
            "memory_mb": 412.0,
            "device": "cpu",
            "lr": 0.1,
        }

    def finish(self, status: str = "done", **state: Any) -> None:
        """Write the last word and close."""
        assert self.writer
        self.writer.event(self.step, "finished", status=status, reason="")
        self.writer.flush(status, self.step, self.state() | state)
        self.writer.close()
        self.writer = None

    def values(self, at: np.ndarray) -> dict[str, np.ndarray]:
        """The rows of every stream at those steps, the same whenever they are asked for."""
        n, depth = len(at), len(self.layers)
        noise = np.random.default_rng([self.seed, int(at[0])]).standard_normal
        progress = at / self.total_steps
        curve = 0.12 + 2.2 * np.exp(-5 * progress) + 0.25 * np.exp(-60 * progress)
        loss = curve * np.exp(0.16 * noise(n))
        lr = 0.1 * 0.5 * (1 + np.cos(np.pi * np.minimum(progress, 1)))
        height = self.decay ** np.arange(depth - 1, -1, -1)
        gradient = 1.4 * (0.3 + np.exp(-3 * progress))[:, None] * height * np.exp(0.25 * noise((n, depth)))
        if self.spike is not None:
            hit = at == self.spike
            loss[hit] *= 12
            gradient[hit] *= 400
        total = np.sqrt((gradient**2).sum(axis=1))
        if self.nan is not None:
            loss[at == self.nan] = np.nan
        weight = (3.2 + progress)[:, None] * np.ones(depth) * np.linspace(1.2, 0.8, depth)
        update = lr[:, None] * gradient
        zero = np.clip(0.25 + 0.35 * progress[:, None] * np.linspace(0.1, 1, depth) + 0.01 * noise((n, depth)), 0, 1)
        saturated = np.clip(0.05 + 0.02 * noise((n, depth)), 0, 1)
        evaluation = np.stack(
            [
                curve * 1.05 + 0.22 * np.maximum(progress - 0.45, 0) + 0.01 * noise(n),
                curve + 0.004 * noise(n),
                0.93 - 0.6 * np.exp(-6 * progress) + 0.004 * noise(n),
                0.92 - 0.6 * np.exp(-6 * progress) + 0.004 * noise(n),
                0.985 - 0.6 * np.exp(-6 * progress) + 0.002 * noise(n),
            ],
            axis=1,
        )
        return {
            "step": np.stack([loss, lr, 128_000 * np.exp(0.05 * noise(n))], axis=1),
            "gradients": np.concatenate([total[:, None], gradient, gradient / 64], axis=1),
            "updates": np.concatenate([weight, update, update / weight], axis=1),
            "activations": np.concatenate(
                [
                    0.02 * noise((n, depth)),
                    0.9 * 0.93 ** np.arange(depth) * np.exp(0.03 * noise((n, depth))),
                    zero,
                    saturated,
                    gradient / 128 * 0.7 ** np.arange(depth - 1, -1, -1),
                ],
                axis=1,
            ),
            "evaluation": evaluation,
        }


def wide_run(workspace: Workspace, steps: int = 100_000, series: int = 60) -> Run:
    """A finished run of `steps` rows of `series` columns in the gradients stream plus its step stream, for timing."""
    layers = [f"block{i}" for i in range(series // 2 - 2)]
    made = SyntheticRun(
        workspace,
        "wide",
        steps,
        layers,
        every={"step": 1, "gradients": 1} | dict.fromkeys(("updates", "activations", "evaluation"), 10**9),
    )
    for _ in range(steps // 5_000):
        made.append(5_000)
    made.finish()
    return made.run
