"""Tracks: members that advance together, window by window. One member trains alone, or many small ones as one batch."""

from __future__ import annotations

import hashlib
import math
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import torch

from core.probes.norms import norms
from core.race.members import Member
from core.race.windows import COLUMNS, WINDOWS, Grid, LossWindow
from core.recipe.parts import Recipe
from core.train import seeds, state
from core.train.events import Unobserved
from core.train.live_settings import LiveSettings
from core.train.loop import epoch_batches, evaluate_now, train_step
from core.train.plan import Plan, make_plan


@dataclass(frozen=True)
class WindowRow:
    """What one member did in one window: the values of windows.COLUMNS, and its metrics where it was evaluated."""

    member: int
    step: int
    seconds: float
    values: list[float]
    metrics: dict[str, float] | None


@dataclass(frozen=True)
class Facts:
    """What does not change: grid, rows per batch, steps per epoch, hash of the initial weights, parameters, rows."""

    grid: Grid
    batch_size: int
    steps_per_epoch: int
    initial_hash: str
    parameters: int
    val_rows: int
    classes: int


class Track(Protocol):
    """What the session asks of a track."""

    members: list[Member]
    window: int
    windows: int

    def facts(self) -> dict[int, Facts]:
        """Facts of every member; known from `begin` or `restore` on."""

    def begin(self) -> list[WindowRow]:
        """Build the models, and evaluate before the first step."""

    def advance(self) -> list[WindowRow]:
        """Train one window."""

    def batches_hash(self, member: int) -> str:
        """sha256 chain over the row numbers that `member` was given so far, in order."""

    def plan_of(self, member: int) -> Plan:
        """The plan of that member: its data, and a model of its form."""

    def weights_of(self, member: int) -> dict[str, torch.Tensor]:
        """The state dict of that member's model as it is to be used now."""

    def capture(self) -> dict[str, Any]:
        """Everything needed to go on exactly, in types that torch.load(weights_only=True) reads."""

    def restore(self, captured: dict[str, Any]) -> None:
        """Build the models, and undo to what `capture` returned."""


class Alone:
    """One member, trained step by step by the loop of core.train: bit for bit what `gradclinic train` makes of its recipe."""

    def __init__(self, member: Member, recipe: Recipe, uploads: Path | None) -> None:
        self.members = [member]
        self._recipe, self._uploads = recipe, uploads
        self._digest = ""
        self._batches: Iterator[torch.Tensor] = iter(())
        self.window, self.windows = 0, WINDOWS

    def _build(self) -> None:
        """Load and initialise; not before it is needed, as a race may have more members than fit into memory at once."""
        self.plan = make_plan(self._recipe, self._uploads)
        self.progress = state.Progress(LiveSettings.of(self._recipe))
        self._random = seeds.take_streams()  # other members draw from the same streams in between
        self._grid = Grid.over(self.plan.total_steps(self.progress.settings))
        self._initial_hash = weights_hash(self.plan.model)
        self._observer = _Observer(self.plan)
        self.windows = self._grid.windows

    def facts(self) -> dict[int, Facts]:
        """Facts of the member."""
        return {self.members[0].number: facts_of(self.plan, self._grid, self._initial_hash)}

    def begin(self) -> list[WindowRow]:
        """Build, and evaluate before the first step."""
        self._build()
        return [WindowRow(self.members[0].number, 0, 0.0, [math.nan] * len(COLUMNS), self._evaluate())]

    def advance(self) -> list[WindowRow]:
        """Train one window."""
        torch.set_num_threads(self.plan.recipe.train.threads)
        seeds.put_streams(self._random)
        self.window += 1
        last = self._grid.end(self.window)
        self._observer.losses.clear()
        begun = time.perf_counter()
        while self.progress.step < last:
            rows = next(self._batches, None)
            if rows is None:
                self._batches = epoch_batches(self.plan, self.progress)
                continue
            self._digest = chained(self._digest, rows)
            self._observer.measuring = self.progress.step + 1 == last
            train_step(self.plan, self.progress, self._observer, rows)
            self.progress.step += 1
            if self.plan.plateau is not None and self.progress.step % self.plan.steps_per_epoch == 0:
                self.plan.plateau.update(self._evaluate()["val_loss"])
        self.progress.seconds += time.perf_counter() - begun
        self._random = seeds.take_streams()
        metrics = self._evaluate() if self._grid.evaluates(self.window) else None
        return [
            WindowRow(self.members[0].number, last, self.progress.seconds, self._observer.row(), metrics),
        ]

    def batches_hash(self, member: int) -> str:
        """sha256 chain over the row numbers of every batch so far."""
        return self._digest

    def plan_of(self, member: int) -> Plan:
        """The plan of the member."""
        return self.plan

    def weights_of(self, member: int) -> dict[str, torch.Tensor]:
        """The state dict of its model as it is to be used."""
        return state.weights_to_use(self.plan)

    def capture(self) -> dict[str, Any]:
        """Everything needed to go on exactly."""
        seeds.put_streams(self._random)
        return {
            "window": self.window,
            "digest": self._digest,
            "initial": self._initial_hash,
            "state": state.capture(self.plan, self.progress),
        }

    def restore(self, captured: dict[str, Any]) -> None:
        """Build, and undo to what `capture` returned."""
        self._build()
        state.restore(self.plan, self.progress, captured["state"])
        self._random = seeds.take_streams()
        self.window, self._digest, self._initial_hash = captured["window"], captured["digest"], captured["initial"]
        self._batches = iter(())

    def _evaluate(self) -> dict[str, float]:
        return evaluate_now(self.plan, self.progress, self._observer).metrics


class _Observer(Unobserved):
    """Gathers the losses of a window and, at its last step, the gradient norm before clipping and the update ratio."""

    def __init__(self, plan: Plan) -> None:
        self.losses = LossWindow()
        self.measuring = False
        self._parameters = [p for p in plan.model.parameters() if p.requires_grad]
        self._before: list[torch.Tensor] = []
        self._lr = self._gradient_norm = self._update_ratio = math.nan

    def gradients_ready(self, step: int, loss_scale: float = 1.0) -> None:
        """Measure the whole gradient."""
        if self.measuring:
            self._gradient_norm = total([p.grad for p in self._parameters if p.grad is not None])

    def update_begins(self, step: int) -> None:
        """Keep the weights, to tell what the update changed."""
        if self.measuring:
            self._before = [p.detach().clone() for p in self._parameters]

    def step_done(self, step: int, loss: torch.Tensor, lr: float, samples: int) -> bool:
        """Take in the loss, and measure the update."""
        self.losses.add(step, float(loss))
        self._lr = lr
        if self.measuring:
            after = [p.detach() for p in self._parameters]
            moved = torch._foreach_sub(after, self._before)
            self._update_ratio = total(moved) / max(total(self._before), 1e-12)
            self._before = []
        return False

    def row(self) -> list[float]:
        """The window's row."""
        return self.losses.row(self._lr, self._gradient_norm, self._update_ratio)


def total(tensors: list[torch.Tensor] | tuple[torch.Tensor, ...]) -> float:
    """The L2 norm of all values together; 0 for none."""
    return float(torch.linalg.vector_norm(torch.as_tensor(norms(tensors)))) if tensors else 0.0


def facts_of(plan: Plan, grid: Grid, initial_hash: str) -> Facts:
    """What does not change of a member trained by `plan`."""
    return Facts(
        grid,
        min(plan.recipe.train.batch_size, len(plan.x_train)),
        plan.steps_per_epoch,
        initial_hash,
        sum(p.numel() for p in plan.model.parameters()),
        len(plan.x_val),
        plan.classes,
    )


def weights_hash(model: torch.nn.Module) -> str:
    """sha256 over all weights and buffers of `model`."""
    return state.tensors_hash(model.state_dict())


def chained(digest: str, rows: torch.Tensor) -> str:
    """sha256 of the former digest and the row numbers of one more batch."""
    return hashlib.sha256(digest.encode() + rows.cpu().numpy().tobytes()).hexdigest()
