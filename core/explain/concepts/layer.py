"""What a layer says of rows, and how an output moves with it: activations and gradients, flat, one line a row."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch

from core.errors import BadInput, Cancelled
from core.explain.base import never
from core.explain.methods.common import plain_kernels
from core.explain.methods.layers import carries_all
from core.explain.prepare import Subject

ROWS = 256
MOST_UNITS = 200_000


def middle_layer(subject: Subject, x: np.ndarray) -> str:
    """The middle one of the layers that everything flows through: later ones know the classes rather than concepts.

    Raises:
        BadInput: when shortcuts go around all of them.
    """
    found = [
        path
        for path, shape in subject.facts.layers.items()
        if path not in subject.facts.ends and np.prod(shape) <= MOST_UNITS and carries_all(subject, path, x)
    ]
    if not found:
        raise BadInput("Shortcuts go around every layer of this model; name the layer at which to look.")
    return found[len(found) // 2]


def check_layer(subject: Subject, path: str) -> None:
    """See that concepts can be read at a layer.

    Raises:
        BadInput: when there is no such layer, or it has too many units.
    """
    subject.layer(path)
    units = int(np.prod(subject.facts.layers[path]))
    if units > MOST_UNITS:
        raise BadInput(
            f"{path} has {units:,} units, more than the {MOST_UNITS:,} that concepts are read from; choose a later layer."
        )


def activations(subject: Subject, path: str, x: np.ndarray, should_stop: Callable[[], bool] = never) -> np.ndarray:
    """The layer's output for rows `x` (n, *shape), (n, units) float32.

    Raises:
        Cancelled: when `should_stop()` says so between two chunks.
    """
    return _read(subject, path, x, None, should_stop)


def gradients(
    subject: Subject, path: str, x: np.ndarray, target: int, should_stop: Callable[[], bool] = never
) -> np.ndarray:
    """d output[target] / d layer output for each of rows `x`, (n, units) float32.

    Raises:
        Cancelled: when `should_stop()` says so between two chunks.
    """
    return _read(subject, path, x, target, should_stop)


def _read(
    subject: Subject, path: str, x: np.ndarray, target: int | None, should_stop: Callable[[], bool]
) -> np.ndarray:
    kept: list[torch.Tensor] = []
    handle = subject.layer(path).register_forward_hook(lambda _module, _inputs, output: kept.append(output))
    found = []
    try:
        for start in range(0, len(x), ROWS):
            if should_stop():
                raise Cancelled("The search for concepts was cancelled.")
            kept.clear()
            part = x[start : start + ROWS]
            with plain_kernels(subject), torch.set_grad_enabled(target is not None):
                output = subject.explained(subject.features(part), *subject.fixed(part))
                values = kept[0]
                if target is not None:
                    (values,) = torch.autograd.grad(output[:, target].sum(), values)
            found.append(values.detach().flatten(1).float().cpu().numpy())
    finally:
        handle.remove()
    return np.concatenate(found)
