"""The recorder: runs the probes that are due, writes their rows, and keeps its own cost inside the budget."""

from __future__ import annotations

import struct
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from torch import nn

from core.probes.activations import ActivationProbe
from core.probes.gradients import GradientProbe
from core.probes.layers import Layer, find_layers
from core.probes.norms import GradientSource, Measured, own_gradient
from core.probes.units import UnitProbe
from core.probes.updates import UpdateProbe
from core.probes.when import Cadence
from core.recipe.parts import RecordPart
from core.store.rows import Finish, RunWriter

STEP_COLUMNS = ("loss", "lr", "samples_per_second")


class Recorder:
    """Subscribes to the loop's moments: step_begins, gradients_ready, update_begins, update_ends, step_done.

    `layers` are those to watch (default: find_layers of `model`); `source` gives a parameter's gradient.

    On a GPU no step waits for the device: each record is copied to pinned memory without blocking and written once its
    copy has arrived. On the CPU it is written at once.
    """

    def __init__(
        self,
        model: nn.Module,
        record: RecordPart,
        writer: RunWriter,
        on_values: Callable[[str, int, np.ndarray], None] | None = None,
        *,
        layers: list[Layer] | None = None,
        source: GradientSource = own_gradient,
    ) -> None:
        self.layers = find_layers(model) if layers is None else layers
        self.gradients = GradientProbe(model, self.layers, source) if record.gradients else None
        self.updates = UpdateProbe(self.layers, source) if record.updates and self.layers else None
        self.activations = ActivationProbe(self.layers) if record.activations and self.layers else None
        wishes = {"step": 1}
        for probe, every in (
            (self.gradients, record.gradients_every),
            (self.updates, record.updates_every),
            (self.activations, record.activations_every),
        ):
            if probe:
                wishes[probe.stream] = every
        self.cadence = Cadence(wishes, record.budget)
        self.writer = writer
        self._on_values = on_values
        self.units = UnitProbe(self.layers) if record.activations and self.layers else None
        self._in_flight: deque[tuple[str, int, float, torch.Tensor, Any, Finish]] = deque()
        self._step_started = self._mine = self._trained = 0.0
        self._updating = False
        self._loss_column = struct.Struct("<3f")
        writer.add_stream("step", STEP_COLUMNS)
        for known in (self.gradients, self.updates, self.activations, self.units):
            if known:
                finish = known.finish_squares if isinstance(known, GradientProbe) else None
                writer.add_stream(known.stream, known.columns, finish)

    @property
    def training_seconds(self) -> float:
        """Seconds of training so far, pauses and evaluations left out."""
        return self._trained

    @training_seconds.setter
    def training_seconds(self, seconds: float) -> None:
        self._trained = seconds

    def step_begins(self, step: int, since: float | None = None) -> None:
        """A step begins (1-based), or began at `since`; arms the activation hooks when they are due."""
        now = time.perf_counter()
        self._step_started, self._mine = since or now, 0.0
        if self.activations and self.cadence.due("activations", step):
            self.activations.arm()
            self.book("activations", now)

    def gradients_ready(self, step: int, loss_scale: float = 1.0) -> None:
        """All gradients are there, unscaled and not clipped."""
        if self.activations and self.cadence.due("activations", step):
            now = time.perf_counter()
            self._mine += self.activations.hook_seconds
            self.cadence.spend("activations", self.activations.hook_seconds)
            self._put("activations", step, self.activations.collect(loss_scale), self.activations.finish)
            self.book("activations", now, record=True)
        if self.updates:
            compare, keep = self.cadence.due("updates", step), self.cadence.due("updates", step + 1)
            if compare or keep:
                now = time.perf_counter()
                self.updates.look_at_gradients(compare=compare, keep=keep)
                self.book("updates", now)
        if self.gradients and self.cadence.due("gradients", step):
            now = time.perf_counter()
            squares = self.gradients.squares()
            if squares is None:
                self._put("gradients", step, self.gradients.measure(), self.gradients.finish)
            else:
                self.writer.put_later("gradients", step, self._trained, squares)
                if self._on_values and not sum(squares) < 1e76:  # the norm may be beyond float32
                    self._alarm("gradients", step, self.gradients.finish_squares(np.array(squares)))
            self.book("gradients", now, record=True)

    def update_begins(self, step: int) -> None:
        """The optimizer is about to move the weights."""
        if self.updates and self.cadence.due("updates", step):
            now = time.perf_counter()
            self.updates.before()
            self._updating = True
            self.book("updates", now)

    def update_ends(self, step: int) -> None:
        """The optimizer has moved the weights and the gradients are still there; `step_done` sees to it otherwise."""
        if self.updates and self._updating:
            now = time.perf_counter()
            self._updating = False
            self._put("updates", step, self.updates.after(), self.updates.finish)
            self.book("updates", now, record=True)

    def skip_update(self) -> None:
        """The update that began is not to be recorded."""
        self._updating = False

    def step_done(self, step: int, loss: torch.Tensor, lr: float, samples: int) -> bool:
        """The step is over; True when a cadence changed."""
        if self._updating:
            self.update_ends(step)
        now = time.perf_counter()
        elapsed = now - self._step_started
        self._trained += elapsed
        self._put_loss(step, loss, lr, samples / max(elapsed, 1e-9))
        if self._in_flight:
            self._drain(block=False)
        self.book("step", now, record=True)
        return self.cadence.step_took(elapsed + time.perf_counter() - now, self._mine)

    def plain_steps_done(
        self, first: int, ends: list[float], losses: Sequence[float | torch.Tensor], lrs: list[float], samples: int
    ) -> None:
        """Steps `first`, `first` + 1, ... in which nothing but the loss is recorded, told together: that is cheaper.

        `ends` are their ends (time.perf_counter); the first one began where `step_begins` was called last.
        """
        begun = time.perf_counter()
        for number, (end, loss, lr) in enumerate(zip(ends, losses, lrs, strict=True)):
            elapsed = max(end - self._step_started, 1e-9)
            self._step_started = end
            self._trained += elapsed
            if isinstance(loss, float):
                values = self._loss_column.pack(_float32(loss), lr, samples / elapsed)
                self._write("step", first + number, self._trained, values)
            else:
                self._put_loss(first + number, loss, lr, samples / elapsed)
            self.cadence.step_took(elapsed, 0.0)
        self._drain(block=False)
        share = (time.perf_counter() - begun) / len(ends)
        for _ in ends:
            self.cadence.spend("step", share, record=True)

    @contextmanager
    def evaluating(self, step: int) -> Iterator[None]:
        """Around an evaluation of training rows; records what single units do over all of them."""
        if self.units is None:
            yield
            return
        with self.units.watching():
            yield
        self._write(self.units.stream, step, self._trained, self.units.measure().tobytes())

    def flush(self, status: str, step: int, state: Callable[[], dict[str, Any]], *, force: bool = False) -> bool:
        """Hand the rows to the store, at most every FLUSH_SECONDS unless forced; `state` is asked only then."""
        if not force and not self.writer.due():
            return False
        begun = time.perf_counter()
        if force:
            self._drain(block=True)
        written = self.writer.flush(status, step, state())
        if written:
            self.cadence.wrote(time.perf_counter() - begun)
        return written

    def book(self, stream: str, begun: float, *, record: bool = False) -> None:
        """Count the time since `begun` (time.perf_counter) as spent on `stream`; `record` completes one record."""
        seconds = time.perf_counter() - begun
        self._mine += seconds
        self.cadence.spend(stream, seconds, record=record)

    def _put_loss(self, step: int, loss: torch.Tensor, lr: float, speed: float) -> None:
        if loss.is_cpu:
            value = loss.item()
            self._write("step", step, self._trained, self._loss_column.pack(_float32(value), lr, speed))
            if self._on_values and not -1e38 < value < 1e38:
                self._on_values("step", step, np.array([value], np.float32))
            return
        self._put("step", step, loss.detach().reshape(1), lambda host: np.array([host[0], lr, speed], "<f4"))

    def _put(self, stream: str, step: int, values: Measured, finish: Finish) -> None:
        if isinstance(values, np.ndarray):
            self._finish(stream, step, self._trained, values, finish)
            return
        if values.device.type != "cuda":
            self._finish(stream, step, self._trained, values.cpu().numpy(), finish)
            return
        host = torch.empty(values.shape, dtype=torch.float32, pin_memory=True)
        host.copy_(values, non_blocking=True)
        arrived = torch.cuda.Event()
        arrived.record()
        self._in_flight.append((stream, step, self._trained, host, arrived, finish))

    def _drain(self, *, block: bool) -> None:
        while self._in_flight:
            stream, step, seconds, host, arrived, finish = self._in_flight[0]
            if block:
                arrived.synchronize()
            elif not arrived.query():
                return
            self._in_flight.popleft()
            self._finish(stream, step, seconds, host.numpy(), finish)

    def _finish(self, stream: str, step: int, seconds: float, host: np.ndarray, finish: Finish) -> None:
        row = finish(host)
        self._write(stream, step, seconds, row.tobytes())
        if stream in ("step", "gradients"):
            self._alarm(stream, step, row)

    def _alarm(self, stream: str, step: int, row: np.ndarray) -> None:
        if self._on_values and not np.isfinite(row[0]):
            self._on_values(stream, step, row)

    def _write(self, stream: str, step: int, seconds: float, values: bytes) -> None:
        self.writer.put(stream, step, seconds, values)


def _float32(value: float) -> float:
    """`value` as struct can pack it: beyond float32 it becomes infinite instead of an error."""
    if value != value or -3.4028234e38 <= value <= 3.4028234e38:
        return value
    return float("inf") if value > 0 else float("-inf")
