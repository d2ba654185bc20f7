"""Do the parts of a recipe fit each other? Checks that need no data and no torch."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core.data.catalogue import DATASETS
from core.errors import Fault
from core.models.catalogue import ARCHITECTURES
from core.optim.catalogue import OPTIMIZERS
from core.recipe.parts import DataPart, Recipe
from core.train.loss_catalogue import LOSSES

DEFAULT_LOSS = {"classification": "cross_entropy", "regression": "mse"}


def task_of(key: str, settings: Mapping[str, Any]) -> str | None:
    """The task of a data set, or None where only reading an uploaded table can tell."""
    if key not in DATASETS:
        return None
    task = settings.get("task", DATASETS[key].task)
    return task if task in DEFAULT_LOSS else None


def default_loss(data: DataPart) -> str:
    """The loss that suits the data's task."""
    return DEFAULT_LOSS[task_of(data.key, data.params) or "classification"]


def cross_faults(recipe: Recipe) -> list[Fault]:
    """Every fault that shows only when the parts are held side by side."""
    faults: list[Fault] = []
    data, model, loss = DATASETS[recipe.data.key], ARCHITECTURES[recipe.model.key], LOSSES[recipe.loss.key]
    task = task_of(recipe.data.key, recipe.data.params)
    if task and task not in loss.tasks:
        fitting = ", ".join(key for key, spec in LOSSES.items() if task in spec.tasks)
        faults.append(
            Fault("loss.key", f"{loss.key} does not fit {data.label}, a {task} task; choose one of: {fitting}")
        )
    if loss.targets == "counts" and task == "regression" and recipe.data.standardise:
        faults.append(
            Fault(
                "data.standardise",
                f"{loss.key} needs the counts as they are, but standardising scales the target too; switch it off (a "
                "normalisation in the model can scale the inputs), or choose another loss",
            )
        )
    if data.kind not in model.kinds:
        fitting = ", ".join(key for key, spec in ARCHITECTURES.items() if data.kind in spec.kinds)
        faults.append(
            Fault(
                "model.key",
                f"{model.key} takes {' or '.join(model.kinds)} data, but {data.label} is {data.kind}; choose one of: {fitting}",
            )
        )
    if recipe.train.precision == "amp" and recipe.train.device in ("cpu", "mps"):
        faults.append(
            Fault(
                "train.precision",
                f"amp needs a CUDA device, but the device is {recipe.train.device}; use bf16 or fp32",
            )
        )
    return faults + optimizer_faults(recipe) + schedule_faults(recipe)


def optimizer_faults(recipe: Recipe) -> list[Fault]:
    """What the optimizer can't do together with the rest of the recipe."""
    spec, faults = OPTIMIZERS[recipe.optim.key], []
    if spec.closure and recipe.train.precision == "amp":
        faults.append(
            Fault(
                "train.precision",
                f"amp scales the gradients of one evaluation a step, but {spec.label} needs several; use bf16 or fp32",
            )
        )
    if spec.needs_graph and recipe.train.compile:
        faults.append(
            Fault(
                "train.compile",
                f"a compiled model can't be differentiated twice, as {spec.label} needs it; switch compile off",
            )
        )
    if "optim.lr" in spec.fixed and (recipe.schedule.key != "constant" or recipe.schedule.linear_warmup):
        name = "schedule.key" if recipe.schedule.key != "constant" else "schedule.linear_warmup"
        given = recipe.schedule.key if recipe.schedule.key != "constant" else "a warm-up"
        faults.append(
            Fault(
                name,
                f"{spec.label} reads the learning rate once, at its start, so {given} would do nothing; "
                "choose constant without warm-up",
            )
        )
    return faults


def schedule_faults(recipe: Recipe) -> list[Fault]:
    """What the settings around the schedule ask of the optimizer."""
    lowest, params = recipe.schedule.cycle_momentum, recipe.optim.params
    if lowest is None:
        return []
    own = params.get("momentum", params.get("beta1"))
    if not own:
        said = f"{OPTIMIZERS[recipe.optim.key].label} has no momentum to move"
        remedy = "leave it empty, or choose an optimizer with momentum or beta 1, such as nesterov or adam"
    elif lowest >= float(own):
        said, remedy = f"is {lowest:g}, not below the optimizer's own {own:g}", "give less, or leave it empty"
    else:
        return []
    return [Fault("schedule.cycle_momentum", f"{said}; {remedy}")]
