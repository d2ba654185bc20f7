"""The loss around a run's final weights as the pages use it, asked of the inspector process part by part. No torch."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from core.errors import BadInput
from core.runtime.inspector import Inspector
from core.store.workspace import Run, Workspace

DIRECTIONS = {"path": "Path of training", "random": "Random directions"}
SIZE = 25


@dataclass(frozen=True)
class Landscape:
    """Losses z (b, a) at the places a and b of a plane, NaN where not finite; the checkpoints; and facts on the measuring.

    A checkpoint has its step, its nearest place on the plane (a, b), the distances `off` from there and `away` from the
    final weights, its own `loss`, and the loss `on_plane` at that place.
    """

    a: np.ndarray
    b: np.ndarray
    z: np.ndarray
    checkpoints: list[dict[str, Any]]
    facts: dict[str, Any]


def question(workspace: Workspace, run: Run, directions: str, seed: int, size: int = SIZE) -> dict[str, Any]:
    """What is asked of the inspector.

    Raises:
        BadInput: when the run has no checkpoint.
    """
    newest = run.checkpoints.latest()
    if newest is None:
        raise BadInput(f"Run {run.id} has no checkpoint, so its weights are not known; choose another run.")
    return {
        "run": str(run.path),
        "uploads": str(workspace.home),
        "directions": directions,
        "seed": seed,
        "size": size,
        "newest": newest.state_hash,
    }


def known(inspector: Inspector, asked: dict[str, Any]) -> Landscape | None:
    """The landscape, if it was measured before."""
    found = inspector.recall(_key(asked))
    return found if isinstance(found, Landscape) else None


def measure(inspector: Inspector, run: Run, asked: dict[str, Any]) -> Iterator[float]:
    """Measure part by part, a second each, so that others are answered in between; yields the share that is done.

    Raises:
        BadInput: when it can't be measured.
        NotAllowed: when the run is only shown.
    """
    run.must_not_cost()
    losses: list[float | None] = []
    first: int | None = 0
    facts: dict[str, Any] = {}
    while first is not None:
        said = inspector.ask("loss_slice", {**asked, "first": first}, dict, key="")
        losses += said["losses"]
        facts = facts or said["slice"]
        first = said["next"]
        yield len(losses) / asked["size"] ** 2
    z = np.array([np.nan if value is None else value for value in losses], float).reshape(asked["size"], asked["size"])
    z[~np.isfinite(z)] = np.nan
    a, b = np.array(facts.pop("a")), np.array(facts.pop("b"))
    inspector.keep(_key(asked), Landscape(a, b, z, facts.pop("checkpoints"), facts))


def _key(asked: dict[str, Any]) -> str:
    return json.dumps({"landscape": asked}, sort_keys=True)
