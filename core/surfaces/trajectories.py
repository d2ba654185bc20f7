"""Paths of optimizers over a surface: torch's own optimizers, step by step, with all they remember."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from typing import Any

import torch

from core.errors import BadInput
from core.optim.catalogue import OPTIMIZERS
from core.surfaces.scene import Lane, Scene, parse_scene

FAR = 10.0  # a path that is this many widths of the picture away from it is not followed any further


def trajectories(query: Mapping[str, str]) -> dict[str, Any]:
    """The paths of all lanes of the scene that `query` describes, JSON-able: {"lanes": [...], "seconds": ...}.

    Raises:
        BadInput: when the query describes no scene.
    """
    begun = time.perf_counter()
    scene = parse_scene(query)
    generator = torch.Generator().manual_seed(scene.seed)
    noise = scene.noise * torch.randn(scene.steps + 1, 2, generator=generator, dtype=torch.float64)
    lanes = []
    for lane in scene.lanes:
        try:
            lanes.append(follow(scene, lane, noise))
        except (RuntimeError, ValueError, TypeError, AttributeError, IndexError, BadInput) as error:
            reason = str(error).splitlines()[0][:200] if str(error) else type(error).__name__
            lanes.append({"refused": f"{OPTIMIZERS[lane.optimizer].label} can't run on two coordinates ({reason})."})
    return {"lanes": lanes, "seconds": time.perf_counter() - begun}


def follow(scene: Scene, lane: Lane, noise: torch.Tensor) -> dict[str, Any]:
    """The path of one lane; `noise` (steps + 1, 2) is added to the gradients, row by row.

    Returns {"points": [[x, y], ...] and "losses" (without noise) of the start and after each update, "gradients": what
    each update saw, and the one at the end, "states": {name: value after each update}, "group": the optimizer's settings,
    "ended": "" or why it was not followed to the last step: "far" or "not finite"}.
    """
    height, shape = scene.spec.load(), scene.spec.shape(scene.params)
    place = torch.tensor(scene.start, dtype=torch.float64, requires_grad=True)
    optimizer = OPTIMIZERS[lane.optimizer].load()([place], lane.lr, lane.weight_decay, **lane.params)
    if callable(getattr(optimizer, "train", None)):  # some keep other weights for evaluation
        optimizer.train()
    group = {name: value for name, value in optimizer.param_groups[0].items() if name != "params" and _plain(value)}
    points, losses, gradients = [list(scene.start)], [], []
    states: dict[str, list[Any]] = {}
    ended = ""
    for step in range(scene.steps + 1):
        begin = _Look(place, height, shape, noise[step])
        losses.append(begin.height)
        gradients.append(begin.gradient.tolist())
        if step == scene.steps:
            break
        place.grad = begin.gradient.clone()  # some methods want one before they ask for another
        optimizer.step(begin.closure)
        point = place.detach().tolist()
        if ended := _lost(point, scene):
            break
        points.append(point)
        _note(states, step, {**_state(optimizer, place), **_moved(optimizer, group)})
    return {
        "points": points,
        "losses": losses,
        "gradients": gradients,
        "states": {name: values + [None] * (len(points) - 1 - len(values)) for name, values in states.items()},
        "group": group,
        "ended": ended,
    }


class _Look:
    """The surface where an update begins: `gradient` (2,) with this step's noise, and `height` without it."""

    def __init__(
        self, place: torch.Tensor, function: Callable[..., torch.Tensor], shape: Mapping[str, Any], noise: torch.Tensor
    ) -> None:
        self._place, self._function, self._shape, self._noise = place, function, shape, noise
        self._at = place.detach().clone()
        height, self.gradient = self._look()
        self.height = height.item()

    def closure(self, backward: bool = True) -> torch.Tensor:
        """The loss of this step where the place is now, its gradient put in `place.grad`; what torch's optimizers call.

        Without `backward` it returns the loss with its graph and leaves the gradient alone, for who differentiates twice.
        """
        if not backward:
            with torch.enable_grad():
                return self._function(*self._place.unbind(), **self._shape) + self._place.dot(self._noise)
        if torch.equal(self._place, self._at):
            height, gradient = torch.tensor(self.height, dtype=torch.float64), self.gradient.clone()
        else:
            height, gradient = self._look()
        self._place.grad = gradient
        return height + self._place.detach().dot(self._noise)  # whose gradient is the noise

    def _look(self) -> tuple[torch.Tensor, torch.Tensor]:
        with torch.enable_grad():
            x, y = self._place.unbind()
            height = self._function(x, y, **self._shape)
        (slope,) = torch.autograd.grad(height, self._place)
        return height.detach(), slope + self._noise


def _lost(point: list[float], scene: Scene) -> str:
    if not all(map(math.isfinite, point)):
        return "not finite"
    left, right, bottom, top = scene.spec.domain
    room = FAR * max(right - left, top - bottom)
    x, y = point
    inside = left - room <= x <= right + room and bottom - room <= y <= top + room
    from_start = max(abs(x - scene.start[0]), abs(y - scene.start[1]))
    return "" if inside or from_start <= room else "far"


def _plain(value: object) -> bool:
    if isinstance(value, tuple | list):
        return all(isinstance(one, int | float) for one in value)
    return value is None or isinstance(value, bool | int | float | str)


def _state(optimizer: torch.optim.Optimizer, place: torch.Tensor) -> dict[str, Any]:
    """What the optimizer remembers: numbers, and tensors with one value or one per coordinate."""
    found: dict[str, Any] = {}
    for name, value in optimizer.state.get(place, {}).items():
        if isinstance(value, torch.Tensor) and value.numel() in (1, 2):
            found[name] = value.item() if value.numel() == 1 else value.reshape(-1).tolist()
        elif isinstance(value, int | float) and not isinstance(value, bool):
            found[name] = value
    return found


def _moved(optimizer: torch.optim.Optimizer, group: Mapping[str, Any]) -> dict[str, float]:
    """Settings that the optimizer has changed by itself."""
    now = optimizer.param_groups[0]
    return {
        name: float(now[name])
        for name, before in group.items()
        if isinstance(before, int | float) and isinstance(now[name], int | float) and now[name] != before
    }


def _note(states: dict[str, list[Any]], step: int, found: Mapping[str, Any]) -> None:
    for name, value in found.items():
        column = states.setdefault(name, [])
        column += [None] * (step - len(column))
        column.append(value)
