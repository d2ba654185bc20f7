"""Where the first NaN came from: the steps from the last checkpoint are trained again, exactly, and the fatal one is taken apart.

Nothing is spent on this while training: on one machine a run can be repeated bit by bit from any of its checkpoints.
"""

from __future__ import annotations

import contextlib
import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch import nn

from core.errors import BadInput
from core.recipe.codec import parse_recipe
from core.store.files import write_text
from core.store.forensics import FOLDER
from core.store.workspace import Run
from core.train import state
from core.train.events import Unobserved
from core.train.live_settings import LiveSettings
from core.train.loop import epoch_batches, train
from core.train.plan import Plan, make_plan
from core.train.repetition import Repetition, changes_after

MOST_STEPS = 20_000
SHOWN_ROWS = 64


def trace(run: Run, step: int, uploads: Path) -> dict[str, Any]:
    """Repeat `run` up to `step` (1-based, the first whose loss or gradient is not finite) and take that step apart.

    The batch and the weights before the step are saved in the run's folder "forensics" with what was found; returns that,
    JSON-able: the first tensor that is not finite ("module", "what"), every module in forward order with the largest
    magnitude of its output, the rows of the batch, and the checkpoint from which it was repeated.

    Raises:
        BadInput: when there is no readable checkpoint before the step, or it lies more than 20,000 steps back.
    """
    plan, progress, from_step = _restore_before(run, step, uploads)
    changes = changes_after(run, progress.last_command)
    train(plan, progress, Unobserved(), Repetition(plan, progress, step - 1, changes))
    if progress.step != step - 1:
        raise BadInput(f"Repeated, this run ends at step {progress.step:,}, before step {step:,}.")
    rows = next(iter(epoch_batches(plan, progress)))
    found = take_apart(plan, progress, rows)
    folder = run.path / FOLDER
    folder.mkdir(exist_ok=True)
    x, y = plan.training_batch(rows, progress.step)
    file = folder / f"step-{step:09d}.pt"
    torch.save({"x": x.cpu(), "y": y.cpu(), "rows": rows.cpu(), "model": plan.model.state_dict()}, file)
    found |= {
        "step": step,
        "repeated_from": from_step,
        "rows": [int(row) for row in rows[:SHOWN_ROWS]],
        "batch_size": len(rows),
        "file": f"{FOLDER}/{file.name}",
    }
    write_text(file.with_suffix(".json"), json.dumps(found))
    return found


def _restore_before(run: Run, step: int, uploads: Path) -> tuple[Plan, state.Progress, int]:
    recipe = parse_recipe(run.document())
    plan = make_plan(recipe, uploads)
    progress = state.Progress(LiveSettings.of(recipe))
    usable = [c for c in run.checkpoints.list() if c.step < step]
    for checkpoint in sorted(usable, key=lambda c: c.step, reverse=True):
        if step - checkpoint.step > MOST_STEPS:
            break
        with contextlib.suppress(BadInput):
            saved = state.load(run.checkpoints.path(checkpoint.step), plan.device)
            params = run.origin().get("optim_params")
            state.restore(plan, progress, saved, forked=checkpoint.kind == "fork", parent_params=params)
            return plan, progress, checkpoint.step
    raise BadInput(
        f"There is no readable checkpoint within {MOST_STEPS:,} steps before step {step:,}, so it can't be repeated."
    )


def take_apart(plan: Plan, progress: state.Progress, rows: torch.Tensor) -> dict[str, Any]:
    """One forward and backward pass on `rows`, watched module by module. {"module", "what", "kind", "modules", "loss"}."""
    plan.apply(progress.settings, progress.step)
    x, y = plan.training_batch(rows, progress.step)
    table: list[dict[str, Any]] = []
    first: dict[str, Any] = {}

    def note(name: str, what: str, tensor: torch.Tensor) -> None:
        if not first and not bool(torch.isfinite(tensor).all()):
            kind = "NaN" if bool(torch.isnan(tensor).any()) else "infinite"
            first.update(module=name, what=what, kind=kind)

    note("input", "the batch itself", x)
    for name, parameter in plan.model.named_parameters():
        note(name, "a weight, before the step", parameter.detach())

    def watch(name: str, module: nn.Module) -> Callable[..., None]:
        def look(_: nn.Module, inputs: Any, output: Any) -> None:
            result = output[0] if isinstance(output, tuple) else output
            note(name, f"the output of {type(module).__name__}", result.detach())
            table.append({"module": name, "type": type(module).__name__, "largest": _largest(result)})
            if result.requires_grad:
                result.register_hook(lambda g: note(name, f"the gradient at the output of {type(module).__name__}", g))

        return look

    leaves = [(name, module) for name, module in plan.model.named_modules() if not list(module.children())]
    hooks = [module.register_forward_hook(watch(name, module)) for name, module in leaves]
    plan.optimizer.zero_grad(set_to_none=True)
    with plan.autocast():
        loss = plan.loss(plan.model(x), y)
    note("loss", "the loss", loss.detach())
    plan.objective(loss, len(rows)).backward()
    for hook in hooks:
        hook.remove()
    for name, parameter in plan.model.named_parameters():
        if parameter.grad is not None:
            note(name, "the gradient of a weight", parameter.grad)
    return {
        "module": first.get("module", ""),
        "what": first.get("what", "nothing: this step is finite when it is repeated"),
        "kind": first.get("kind", ""),
        "loss": _plain(float(loss.detach())),
        "modules": table,
    }


def _largest(tensor: torch.Tensor) -> float | str:
    finite = tensor.detach()[torch.isfinite(tensor.detach())]
    whole = finite.numel() == tensor.numel()
    return _plain(float(finite.abs().max())) if whole and finite.numel() else "not finite"


def _plain(value: float) -> float | str:
    return value if math.isfinite(value) else str(value)
