"""The paths of a scene as the pages use them: asked of the inspector process, with one update taken out. No torch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from core.runtime.inspector import Inspector
from core.surfaces.arithmetic import Update
from core.surfaces.catalogue import SurfaceSpec
from core.surfaces.scene import Scene


@dataclass(frozen=True)
class Path:
    """One optimizer's path: `points` (n + 1, 2), `losses` (n + 1,) and `gradients` (n + 1, 2) at the start and after each update.

    `states` holds what the optimizer remembered after each update, `group` its settings. `ended` is "", "far" or "not
    finite". A path that could not even begin has no points and says why in `refused`.
    """

    points: np.ndarray
    losses: np.ndarray
    gradients: np.ndarray
    states: dict[str, list[Any]]
    group: dict[str, Any]
    ended: str = ""
    refused: str = ""

    @classmethod
    def of(cls, document: dict[str, Any]) -> Path:
        """Read what core.surfaces.trajectories says of one lane."""
        if "refused" in document:
            return cls(np.empty((0, 2)), np.empty(0), np.empty((0, 2)), {}, {}, refused=document["refused"])
        points, losses, gradients = (np.array(document[name], float) for name in ("points", "losses", "gradients"))
        return cls(points, losses, gradients, document["states"], document["group"], document["ended"])

    @property
    def steps(self) -> int:
        """How many updates were made."""
        return max(0, len(self.points) - 1)

    def left_at(self, spec: SurfaceSpec) -> int | None:
        """The first step of those, up to the end, that lie outside of the picture; None when it ends inside."""
        left, right, bottom, top = spec.domain
        x, y = self.points[:, 0], self.points[:, 1]
        inside = np.flatnonzero((x >= left) & (x <= right) & (y >= bottom) & (y <= top))
        last = int(inside[-1]) if len(inside) else -1
        return last + 1 if last < self.steps or self.ended == "far" else None

    def fate(self, spec: SurfaceSpec) -> str:
        """A remark on how it ended, for one that did not stay in the picture; else empty."""
        if self.refused:
            return self.refused
        left = self.left_at(spec)
        told = [] if left is None else [f"left the picture at step {left}" if left else "is outside of the picture"]
        if self.ended == "not finite":
            told.append(f"was no longer a finite number at step {self.steps + 1}")
        return " and ".join(told)

    def state(self, step: int) -> dict[str, Any]:
        """What the optimizer remembered after `step` updates."""
        if step < 1:
            return {}
        return {name: values[step - 1] for name, values in self.states.items() if values[step - 1] is not None}

    def update(self, step: int) -> Update:
        """The update that led to the point after `step` steps, 1 to `steps`."""
        place, gradient, reached = (
            (float(pair[0]), float(pair[1]))
            for pair in (self.points[step - 1], self.gradients[step - 1], self.points[step])
        )
        return Update(step, place, gradient, self.state(step - 1), self.state(step), self.group, reached)


def paths(inspector: Inspector, scene: Scene) -> list[Path]:
    """The paths of all lanes, in their order.

    Raises:
        BadInput: when the inspector can't answer.
    """
    return inspector.ask("trajectories", {"query": scene.query()}, lambda said: [Path.of(one) for one in said["lanes"]])
