"""The loss of a trained network on a plane through its final weights, measured part by part."""

from __future__ import annotations

import functools
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import nn

from core.errors import BadInput
from core.recipe.codec import parse_recipe, with_changes
from core.store.workspace import Run
from core.surfaces.network.plane import Plane, flatten, path_plane, random_plane
from core.train import state
from core.train.faults import tells_modes_apart
from core.train.plan import make_plan

ROWS = 512
LEAST_ROWS = 64
GRID_SECONDS = 20.0  # what the whole grid should take; above it fewer rows are used
MOST_SECONDS = 300.0
PART_SECONDS = 1.0
MARGIN = 0.25
RANDOM_REACH = 1.0


@dataclass
class Slice:
    """A plane, the places a (columns) and b (rows) on it, and what the loss is measured with."""

    model: nn.Module
    loss: nn.Module
    x: torch.Tensor
    y: torch.Tensor
    plane: Plane
    a: list[float]
    b: list[float]
    checkpoints: list[dict[str, Any]]
    facts: dict[str, Any]

    @torch.no_grad()
    def measure(self, weights: torch.Tensor) -> float:
        """The loss in evaluation mode with these parameters (p,); buffers stay as they are."""
        nn.utils.vector_to_parameters(weights.float(), self.model.parameters())
        return float(self.loss(self.model(self.x).float(), self.y))


def part(question: dict[str, Any]) -> dict[str, Any]:
    """The losses from flat index `first` on, row by row, as many as PART_SECONDS allow.

    Returns {"losses": [...], "next": index or None when done}, and with the first part "slice": places a and b, the
    checkpoints on the plane, and facts.

    Raises:
        BadInput: when the run has no checkpoint, or can't be measured here.
    """
    first = int(question["first"])
    made = _prepared(json.dumps({key: value for key, value in question.items() if key not in ("first", "ask")}))
    whole = len(made.a) * len(made.b)
    losses: list[float] = []
    begun, at = time.perf_counter(), first
    while at < whole and (not losses or time.perf_counter() - begun < PART_SECONDS):
        row, column = divmod(at, len(made.a))
        losses.append(made.measure(made.plane.at(made.a[column], made.b[row])))
        at += 1
    found: dict[str, Any] = {"losses": losses, "next": at if at < whole else None}
    if first == 0:
        found["slice"] = {"a": made.a, "b": made.b, "checkpoints": made.checkpoints, **made.facts}
    return found


@functools.lru_cache(maxsize=2)
def _prepared(text: str) -> Slice:
    question = json.loads(text)
    return prepare(
        Run(Path(question["run"])),
        Path(question["uploads"]),
        question["directions"],
        seed=int(question["seed"]),
        size=int(question["size"]),
    )


def prepare(run: Run, uploads: Path, directions: str, *, seed: int, size: int) -> Slice:
    """Everything that the measuring of `size` x `size` places needs; `directions` is "random" or "path".

    The loss is that of a fixed sample of training rows, in float32 and evaluation mode: dropout off, and batch norm with
    the running statistics of the final weights at every place.

    Raises:
        BadInput: when the run has no checkpoint, the model is too slow, or its checkpoints span no plane.
    """
    listed = run.checkpoints.list()
    if not listed:
        raise BadInput(f"Run {run.id} has no checkpoint, so its weights are not known; choose another run.")
    recipe = with_changes(
        parse_recipe(run.document()), {"train.device": "cpu", "train.precision": "fp32", "train.compile": False}
    )
    plan = make_plan(recipe, uploads)
    model = plan.model.eval()
    names = [name for name, _ in model.named_parameters()]
    saved = {one.step: state.load(run.checkpoints.path(one.step), plan.device)["model"] for one in listed}
    weights = {step: flatten([one[name] for name in names]) for step, one in saved.items()}
    final = max(saved)
    order = torch.randperm(len(plan.x_train), generator=torch.Generator().manual_seed(seed))[:ROWS]
    own_losses = {}
    made = Slice(
        model, plan.loss, *plan.batch(order), _plane(model, saved[final], weights, directions, seed), [], [], [], {}
    )
    rows = _affordable_rows(made, size)
    made.x, made.y = made.x[:rows], made.y[:rows]
    for step, tensors in saved.items():  # each with its own running statistics, the final ones last
        model.load_state_dict(tensors)
        own_losses[step] = made.measure(weights[step])
    model.load_state_dict(saved[final])
    for step in sorted(saved):
        a, b, off, away = made.plane.project(weights[step])
        made.checkpoints.append(
            {
                "step": step,
                "a": a,
                "b": b,
                "off": off,
                "away": away,
                "loss": own_losses[step],
                "on_plane": made.measure(made.plane.at(a, b)),
            }
        )
    if directions == "random":
        made.a = made.b = _places([-RANDOM_REACH, RANDOM_REACH], size, margin=0.0)
    else:
        made.a = _places([one["a"] for one in made.checkpoints], size)
        made.b = _places([one["b"] for one in made.checkpoints], size)
    made.facts = {
        "explained": made.plane.explained,
        "rows": rows,
        "parameters": len(weights[final]),
        "final": final,
        "loss": own_losses[final],
        "modes_differ": tells_modes_apart(model),
        "batch_norm": any(isinstance(module, nn.modules.batchnorm._BatchNorm) for module in model.modules()),
    }
    return made


def _plane(
    model: nn.Module, final: dict[str, torch.Tensor], weights: dict[int, torch.Tensor], directions: str, seed: int
) -> Plane:
    model.load_state_dict(final)
    if directions == "random":
        return random_plane(list(model.parameters()), seed)
    last = max(weights)
    others = [one for step, one in weights.items() if step != last and not torch.equal(one, weights[last])]
    return path_plane(weights[last], others)


def _affordable_rows(made: Slice, size: int) -> int:
    """How many of the rows to use, by the time that one measurement takes."""
    made.measure(made.plane.centre)
    begun = time.perf_counter()
    made.measure(made.plane.centre)
    expected = (time.perf_counter() - begun) * size * size
    rows = len(made.x)
    while expected > GRID_SECONDS and rows // 2 >= LEAST_ROWS:
        rows, expected = rows // 2, expected / 2
    if expected > MOST_SECONDS:
        raise BadInput(
            f"A slice of this model would take about {expected / 60:.0f} minutes here; choose a smaller model."
        )
    return rows


def _places(values: Sequence[float], size: int, margin: float = MARGIN) -> list[float]:
    """`size` equal steps around all `values` and zero, and a share of `margin` more on both sides; zero is one of them."""
    low, high = min(0.0, *values), max(0.0, *values)
    room = margin * (high - low)
    step = (high - low + 2 * room) / (size - 1)
    zero = round((room - low) / step)
    return [(index - zero) * step for index in range(size)]
