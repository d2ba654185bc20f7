"""What goes on inside the layers: activation statistics and the gradient that reaches each pre-activation."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import nn

from core.probes.hooks import ProbeHook
from core.probes.layers import RECURRENT, Layer
from core.probes.norms import Measured, array_norm, flat, on_cpu

KINDS = ("activation_mean", "activation_std", "zero_fraction", "saturated_fraction", "pre_activation_gradient_rms")
BOUNDED = {"Tanh": (-0.95, 0.95), "Sigmoid": (0.025, 0.975), "Hardtanh": (-0.95, 0.95), "Hardsigmoid": (0.025, 0.975)}


class ActivationProbe:
    """Per layer, on the steps it is armed for: mean, standard deviation, share of exact zeros and share within 2.5 %
    of the range's ends (tanh, sigmoid and recurrent outputs; 0 elsewhere) of the layer's output after its activation,
    and the rms of dL/dz at the pre-activation z, the signal vanishing is judged on.

    A layer without an activation (the output, a recurrent cell) is taken at its own output. Hooks are attached only
    while armed, so steps in between run the bare model. One vector per record, no synchronisation.
    `loss_scale` multiplies the loss under mixed precision; gradients are divided by it.
    Of a module that is called several times in a step, the first call counts; calls without gradients (an evaluation)
    and outputs that are not one floating-point tensor are passed over. `wrap` is put around every hook.
    """

    stream = "activations"

    def __init__(self, layers: list[Layer]) -> None:
        self._targets: list[tuple[Layer, nn.Module]] = []
        for layer in layers:
            module = layer.activation or layer.module
            if all(module is not seen for _, seen in self._targets):
                self._targets.append((layer, module))
        names = [layer.name for layer, _ in self._targets]
        self.columns = [f"{kind}/{name}" for kind in KINDS for name in names]
        self._statistics: dict[int, Any] = {}
        self._gradients: dict[int, Any] = {}
        self._hooks: list[Any] = []
        self.hook_seconds = 0.0
        self.calls: list[int] = []
        self.wrap: Callable[[Callable[..., None]], Callable[..., None]] = lambda act: act

    def arm(self) -> None:
        """Attach the hooks for one step."""
        self._statistics.clear()
        self._gradients.clear()
        self.hook_seconds = 0.0
        self.calls.clear()
        for position, (layer, module) in enumerate(self._targets):
            in_place = layer.activation is not None and bool(getattr(module, "inplace", False))
            if in_place:  # afterwards its input is gone
                self._hooks.append(module.register_forward_pre_hook(ProbeHook(self.wrap(self._watch_input(position)))))
            self._hooks.append(
                module.register_forward_hook(ProbeHook(self.wrap(self._watch(position, layer, in_place))))
            )

    def targets_called(self) -> list[tuple[nn.Module, int]]:
        """The modules that are looked at and how often each was called since `arm`, those called first coming first."""
        return [(self._targets[position][1], self.calls.count(position)) for position in dict.fromkeys(self.calls)]

    def take_over(self, scout: ActivationProbe) -> None:
        """Go on with what `scout`, a probe of the same modules in another order, has seen in this step."""
        where = {id(module): position for position, (_, module) in enumerate(scout._targets)}
        for position, (_, module) in enumerate(self._targets):
            found = where.get(id(module))
            if found in scout._statistics:
                self._statistics[position] = scout._statistics[found]
            if found in scout._gradients:
                self._gradients[position] = scout._gradients[found]

    def _keep_gradient(self, position: int) -> Callable[[torch.Tensor], None]:
        def keep_gradient(gradient: torch.Tensor) -> None:
            begun = time.perf_counter()
            self._gradients[position] = _rms(gradient)
            self.hook_seconds += time.perf_counter() - begun

        return keep_gradient

    def _watch_input(self, position: int) -> Callable[..., None]:
        def look(module: nn.Module, inputs: tuple[Any, ...]) -> None:
            if position not in self._statistics and inputs and _tracked(inputs[0]):
                inputs[0].register_hook(self.wrap(self._keep_gradient(position)))

        return look

    def _watch(self, position: int, layer: Layer, in_place: bool) -> Callable[..., None]:
        low, high = BOUNDED.get(layer.activation_type, (0.0, 0.0))
        if isinstance(layer.module, RECURRENT):
            low, high = BOUNDED["Tanh"]

        def look(module: nn.Module, inputs: tuple[Any, ...], output: Any) -> None:
            if not torch.is_grad_enabled():
                return
            begun = time.perf_counter()
            self.calls.append(position)
            result = output[0] if isinstance(output, tuple) and output else output
            if position not in self._statistics and isinstance(result, torch.Tensor) and result.is_floating_point():
                before = inputs[0] if layer.activation is not None and inputs else result
                if _tracked(before) and not in_place:
                    before.register_hook(self.wrap(self._keep_gradient(position)))
                self._statistics[position] = _describe(result, low, high)
            self.hook_seconds += time.perf_counter() - begun

        return look

    def disarm(self) -> None:
        """Take the hooks off."""
        for hook in self._hooks:
            hook.remove()
        self._hooks.clear()

    def collect(self, loss_scale: float = 1.0) -> Measured:
        """All statistics of the step, (kinds * layers,), on the device; 0 for a layer that was not reached."""
        self.disarm()
        positions = range(len(self._targets))
        first = next(iter(self._statistics.values()), np.zeros(4))
        if isinstance(first, np.ndarray):
            rows = np.zeros((len(KINDS), len(self._targets)))
            for position in self._statistics:
                rows[:4, position] = self._statistics[position]
                rows[4, position] = self._gradients.get(position, 0.0) / loss_scale
            return rows.reshape(-1)
        nothing = first.new_zeros(4)
        found = [self._statistics.get(i, nothing) for i in positions]
        gradients = [self._gradients.get(i, nothing[0]) for i in positions]
        return torch.cat([torch.stack(found, dim=1).reshape(-1), torch.stack(gradients) / loss_scale])

    def finish(self, measured: np.ndarray) -> np.ndarray:
        """Columns of the stream, float32, from the host copy of `collect()`."""
        return measured.astype("<f4", copy=False)


def _tracked(value: Any) -> bool:
    return isinstance(value, torch.Tensor) and value.requires_grad


@torch.no_grad()
def _rms(gradient: torch.Tensor) -> Any:
    """Root mean square of `gradient`: a float on the CPU, else a 0-d tensor on the device."""
    size = max(gradient.numel(), 1) ** 0.5
    if on_cpu([gradient]):
        return array_norm(flat(gradient)) / size
    return torch.linalg.vector_norm(gradient, dtype=torch.float32) / size


@torch.no_grad()
def _describe(output: torch.Tensor, low: float, high: float) -> Any:
    """Mean, standard deviation, zero fraction and saturated fraction of `output`, (4,), where it is."""
    if on_cpu([output]):
        h = flat(output)
        count = max(h.size, 1)
        mean = float(np.add.reduce(h)) / count
        spread = array_norm(h - np.float32(mean)) / math.sqrt(count)
        zeros = 1.0 - np.count_nonzero(h) / count
        outside = np.count_nonzero((h < low) | (h > high)) / count if high > low else 0.0
        return np.array([mean, spread, zeros, outside])
    values = output.detach().float()
    beyond = ((values < low) | (values > high)).float().mean() if high > low else values.new_zeros(())
    return torch.stack([values.mean(), values.std(correction=0), (values == 0).float().mean(), beyond])
