"""From the optimizers' hooks to the recorder's moments: gradients before the update, weights before and after it."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from torch import nn

from core.probes.activations import KINDS, ActivationProbe
from core.probes.inspection import weights_at_start
from core.probes.layers import find_layers
from core.probes.recorder import Recorder
from core.recipe.parts import RecordPart
from core.store.rows import RunWriter
from core.watch.checks import Watched
from core.watch.order import by_layer, in_order
from core.watch.plain import PlainSteps

Wrap = Callable[[Callable[..., Any]], Callable[..., Any]]


class Measurement:
    """Measures the step in progress, number `step` (1-based); `finish_step` ends it and begins the next.

    The order of the layers, and which of them are used, is learned from the first forward pass; the recorder is made
    at the first update, when both are known. `wrap` is put around every hook, so that none can stop the training.
    """

    def __init__(self, watched: Watched, record: RecordPart, writer: RunWriter, scaler: Any, wrap: Wrap) -> None:
        self._watched, self._writer, self._scaler, self._wrap = watched, writer, scaler, wrap
        self._record = replace(record, activations=record.activations and not watched.compiled)
        self._layers = find_layers(watched.model)
        self._weights = weights_at_start(self._layers)
        self._scout = ActivationProbe(self._layers)
        self._scout.wrap = wrap
        if self._record.activations:
            self._scout.arm()
        self._hooks: list[Any] = []
        self._updated: set[int] = set()
        self._kept: dict[int, torch.Tensor] | None = None
        self._several = len(watched.optimizers) > 1
        self._began = time.perf_counter()
        self.recorder: Recorder | None = None
        self.used: dict[str, bool] = {}
        self._at_start: dict[str, list[float]] = {}
        self.step = 1
        self.lr = float("nan")
        self._lr: Any = None
        self._device_lr: torch.Tensor | None = None
        self._first_optimizer = watched.optimizers[0]
        self._due, self._due_at = True, 1
        self._dearest: str | None = None
        self.plain = PlainSteps()

    def attach(self, on_update: Callable[[], None]) -> None:
        """Hook every optimizer; `on_update`, which may not raise, is told when one begins to step."""
        begins, ends = self._wrap(self._update_begins), self._wrap(self._update_ends)

        def before(one: torch.optim.Optimizer, arguments: tuple[Any, ...], named: dict[str, Any]) -> Any:
            on_update()
            if self._due:
                since = self.clock()
                result = begins(one, arguments, named)
                self.book_rest(since)
                return result
            self._lr = self._first_optimizer.param_groups[0].get("lr")  # most steps end here: nothing is measured
            return None

        def after(one: torch.optim.Optimizer, arguments: tuple[Any, ...], named: dict[str, Any]) -> None:
            if self._due:
                since = self.clock()
                ends(one)
                self.book_rest(since)

        for optimizer in self._watched.optimizers:
            self._hooks.append(optimizer.register_step_pre_hook(before))
            self._hooks.append(optimizer.register_step_post_hook(after))

    def clock(self) -> tuple[float, float]:
        """Now, and what is booked by now: for `book_rest`."""
        return time.perf_counter(), self.recorder.cadence.spent if self.recorder else 0.0

    def book_rest(self, since: tuple[float, float]) -> None:
        """Book what the probes did not book themselves since `clock`: it is the price of a step that is measured.

        It goes to the stream that is measured most often, so that the cadence knows what measuring really costs.
        """
        recorder, (begun, spent) = self.recorder, since
        if recorder is None or self._dearest is None:
            return
        rest = time.perf_counter() - begun - (recorder.cadence.spent - spent)
        recorder.cadence.spend(self._dearest, max(rest, 0.0))

    def detach(self) -> None:
        """Take every hook off."""
        for hook in self._hooks:
            hook.remove()
        self._hooks.clear()
        for probe in (self._scout, self.recorder.activations if self.recorder else None):
            if probe:
                probe.disarm()

    # ---- the optimizers' moments ---------------------------------------------------------------------------------

    def _update_begins(
        self, optimizer: torch.optim.Optimizer, arguments: tuple[Any, ...], named: dict[str, Any]
    ) -> Any:
        """Before an optimizer moves its weights. A closure is wrapped: its first call gives the gradient."""
        if id(optimizer) in self._updated:
            return None
        recorder = self.ready()
        closure = named.get("closure") or (arguments[1] if len(arguments) > 1 else None)
        if _overflown(optimizer):
            return None
        if not self._updated:
            recorder.update_begins(self.step)
            self._lr = self._first_optimizer.param_groups[0].get("lr")
        self._updated.add(id(optimizer))
        look = self._wrap(lambda: self._gradients_ready(optimizer))
        if not callable(closure):
            look()
            return None
        waiting = [look]

        def first_then_plain(*given: Any, **more: Any) -> Any:
            loss = closure(*given, **more)
            if waiting:
                waiting.pop()()
            return loss

        if "closure" in named:
            return arguments, {**named, "closure": first_then_plain}
        return (arguments[0], first_then_plain, *arguments[2:]), named

    def _gradients_ready(self, optimizer: torch.optim.Optimizer) -> None:
        recorder = self.recorder
        assert recorder is not None
        scale = getattr(optimizer, "grad_scale", None)  # a fused optimizer unscales by itself, later
        if self._several or scale is not None:
            self._keep(optimizer, scale)
        if not self._several:
            recorder.gradients_ready(self.step, self._loss_scale())

    def _keep(self, optimizer: torch.optim.Optimizer, scale: torch.Tensor | None) -> None:
        """Copy the gradients that this optimizer uses: by the end of the step another backward may have changed them."""
        recorder, begun = self.recorder, time.perf_counter()
        assert recorder is not None
        cadence, step = recorder.cadence, self.step
        if not (cadence.due("gradients", step) or cadence.due("updates", step) or cadence.due("updates", step + 1)):
            return
        first = self._kept is None
        kept = self._kept = self._kept or {}
        own = {id(p) for group in optimizer.param_groups for p in group["params"]}
        others = {id(p) for one in self._watched.optimizers for group in one.param_groups for p in group["params"]}
        for p in self._watched.model.parameters():
            if p.grad is not None and (id(p) in own or (first and id(p) not in others)):
                kept[id(p)] = p.grad.detach().clone() if scale is None else p.grad.detach() / scale.to(p.grad.device)
        if "gradients" in cadence.streams:
            recorder.book("gradients", begun)

    def _gradient(self, parameter: nn.Parameter) -> torch.Tensor | None:
        return parameter.grad if self._kept is None else self._kept.get(id(parameter))

    def _update_ends(self, optimizer: torch.optim.Optimizer) -> None:
        """After an optimizer has moved its weights, and before anything can clear the gradients."""
        if not self._several and self.recorder and id(optimizer) in self._updated:
            self.recorder.update_ends(self.step)

    def _loss_scale(self) -> float:
        assert self.recorder is not None
        if self._scaler is None or not self.recorder.cadence.due("activations", self.step):
            return 1.0
        return float(self._scaler.get_scale()) if self._scaler.is_enabled() else 1.0

    def _read_lr(self) -> None:
        """Take over the learning rate of the step; one that is on a device is read when rows are written."""
        lr = self._lr
        self._device_lr = lr if isinstance(lr, torch.Tensor) and lr.device.type != "cpu" else None
        if lr is not None and (self._device_lr is None or self.step == 1):
            self.lr = float(lr)

    # ---- the end of a step --------------------------------------------------------------------------------------

    def finish_step(self, loss: torch.Tensor, samples: int) -> None:
        """End the step with its loss; `begin_step` is to follow."""
        recorder = self.ready()
        if self._due and not self._updated:  # a scaler skipped it, or this is a micro-batch
            if recorder.activations:
                recorder.activations.disarm()
        elif self._several and self._due:
            everyone = len(self._updated) == len(self._watched.optimizers)
            if everyone:
                with np.errstate(all="ignore"):
                    recorder.gradients_ready(self.step, self._loss_scale())
                    recorder.update_ends(self.step)
            else:
                recorder.skip_update()
                if recorder.activations:
                    recorder.activations.disarm()
        self._read_lr()
        recorder.step_done(self.step, loss, self.lr, samples)
        self._updated.clear()
        self._kept = None
        self.step += 1

    def begin_step(self) -> None:
        """Set the hooks of the next step."""
        recorder = self.ready()
        recorder.step_begins(self.step)
        cadence, step = recorder.cadence, self.step
        due = cadence.next_due(step)
        updates = cadence.streams.get("updates")
        if updates is not None:  # the gradient of the step before is kept
            due = min(due, -(-(step + 1) // updates.every) * updates.every - 1)
        self._due, self._due_at = due == step, due

    @property
    def plain_now(self) -> bool:
        """Whether nothing is measured in this step, so that `plain` may end it."""
        return not self._due and type(self._lr) is float

    def end_plain_step(self, loss: torch.Tensor) -> bool:
        """End a step in which nothing is measured; False when it is time for `write_plain_steps` and `begin_step`."""
        self.step += 1
        return self.plain.add(loss, self._lr) and self.step < self._due_at

    def write_plain_steps(self, samples: int) -> float | torch.Tensor:
        """Record the plain steps so far; returns the sum of their losses."""
        if self.plain.lrs:
            self.lr = self.plain.lrs[-1]
        return self.plain.write(self.ready(), self.step, samples)

    def ready(self) -> Recorder:
        """The recorder; made now if there was no update yet."""
        return self.recorder or self._open()

    def before_flush(self) -> None:
        """Look at what would have made a step wait."""
        if self._device_lr is not None:
            self.lr = float(self._device_lr)

    # ---- the first step -----------------------------------------------------------------------------------------

    def _open(self) -> Recorder:
        """Make the recorder, with the layers in the order in which the first forward pass used them."""
        self._scout.disarm()
        layers = in_order(self._layers, self._scout) if self._record.activations else self._layers
        called = {id(module) for module, _ in self._scout.targets_called()}
        looked = bool(called)
        self.recorder = recorder = Recorder(
            self._watched.model, self._record, self._writer, layers=layers, source=self._gradient
        )
        recorder.step_begins(1, self._began)
        self._dearest = next((name for name in ("gradients", "updates") if name in recorder.cadence.streams), None)
        self.used = {la.name: not looked or id(la.activation or la.module) in called for la in layers}
        if recorder.activations:
            recorder.activations.wrap = self._wrap
            recorder.activations.take_over(self._scout)
            self._at_start = by_layer(recorder.activations, layers, self._loss_scale())
        return recorder

    def inspection(self) -> dict[str, Any]:
        """What weights, first forward and first backward pass told, layers in the order of the recorder's."""
        assert self.recorder is not None
        layers = self.recorder.layers
        at = [self._weights["layers"].index(layer.name) for layer in layers]
        found: dict[str, Any] = {key: [values[i] for i in at] for key, values in self._weights.items()}
        seen = bool(self._at_start)
        found["activated"] = [la.activation_type if seen and self.used[la.name] else "" for la in layers]
        found |= {kind: [math.nan] * len(layers) for kind in KINDS} | {"output_rms": math.nan} | self._at_start
        reached = [la.name for la in layers if self.used[la.name]]
        if self._at_start and reached:
            last = [la.name for la in layers].index(reached[-1])
            mean, spread = (self._at_start[kind][last] for kind in ("activation_mean", "activation_std"))
            found["output_rms"] = math.hypot(mean, spread)
        return found


def _overflown(optimizer: torch.optim.Optimizer) -> bool:
    """Whether a fused optimizer will find that the scaled gradients left the range, and not step."""
    found = getattr(optimizer, "found_inf", None)
    return isinstance(found, torch.Tensor) and float(found) > 0
