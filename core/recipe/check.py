"""Do the parts of a recipe fit each other? Checks that need no data and no torch."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core.data.balance.catalogue import BALANCES
from core.data.base import KINDS, TASKS, DatasetSpec
from core.data.catalogue import DATASETS
from core.errors import Fault
from core.models.catalogue import ARCHITECTURES
from core.optim.catalogue import OPTIMIZERS
from core.recipe.parts import DataPart, Recipe
from core.registry import Catalogue
from core.train.augment.catalogue import AUGMENTATIONS
from core.train.loss_catalogue import LOSSES
from core.train.regularise.catalogue import REGULARISATIONS

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
    if data.kind not in model.kinds:
        fitting = ", ".join(key for key, spec in ARCHITECTURES.items() if data.kind in spec.kinds)
        faults.append(
            Fault(
                "model.key",
                f"{model.key} takes {' or '.join(model.kinds)} data, but {data.label} is {data.kind}; choose one of: {fitting}",
            )
        )
    faults += _kind_faults(recipe, data, task)
    if BALANCES[recipe.balance.key].acts == "batches" and recipe.train.fault == "sorted_rows":
        faults.append(
            Fault(
                "balance.key", "balanced batches mix the classes, which undoes the fault sorted_rows; drop one of them"
            )
        )
    if recipe.train.precision == "amp" and recipe.train.device in ("cpu", "mps"):
        faults.append(
            Fault(
                "train.precision",
                f"amp needs a CUDA device, but the device is {recipe.train.device}; use bf16 or fp32",
            )
        )
    return faults + optimizer_faults(recipe)


def _kind_faults(recipe: Recipe, data: DatasetSpec, task: str | None) -> list[Fault]:
    """Balances, augmentations and regularisations that do not suit this kind of data or this task."""
    chosen: list[tuple[str, Catalogue, str]] = [("balance", BALANCES, recipe.balance.key)]
    chosen += [("augment", AUGMENTATIONS, key) for key in recipe.augment.entries]
    chosen += [("regularise", REGULARISATIONS, key) for key in recipe.regularise.entries]
    faults = []
    for section, catalogue, key in chosen:
        spec, where = catalogue[key], f"{section}.{key}" if section != "balance" else "balance.key"
        kinds, tasks = getattr(spec, "kinds", KINDS), getattr(spec, "tasks", TASKS)
        if section == "balance" and key != "none":
            tasks = ("classification",)
        if data.kind not in kinds:
            faults.append(
                Fault(
                    where,
                    f"{spec.label} takes {' or '.join(kinds)} data, but {data.label} is {data.kind}; leave it out",
                )
            )
        elif task and task not in tasks:
            faults.append(
                Fault(where, f"{spec.label} is for {' or '.join(tasks)}, but {data.label} is a {task}; leave it out")
            )
    return faults


def averaging_faults(recipe: Recipe) -> list[Fault]:
    """One average of the weights at a time, and none where batch norm's statistics would not fit it."""
    spec = OPTIMIZERS[recipe.optim.key]
    averages = [key for key in recipe.regularise.entries if REGULARISATIONS[key].averages]
    faults = []
    if len(averages) + spec.averages > 1:
        names = [*(REGULARISATIONS[key].label for key in averages), *([spec.label] if spec.averages else [])]
        faults.append(
            Fault(
                f"regularise.{averages[-1]}", f"{' and '.join(names)} each evaluate an average of their own; keep one"
            )
        )
    norm = recipe.model.params.get("norm")
    if norm == "batch":
        faults += [
            Fault(
                f"regularise.{key}",
                f"batch norm's statistics would have to be measured again for {REGULARISATIONS[key].label}; "
                "set model.norm to layer or group, or take ema",
            )
            for key in averages
            if not REGULARISATIONS[key].with_batch_norm
        ]
    return faults


def optimizer_faults(recipe: Recipe) -> list[Fault]:
    """What the optimizer can't do together with the rest of the recipe."""
    spec, faults = OPTIMIZERS[recipe.optim.key], averaging_faults(recipe)
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
    if "optim.lr" in spec.fixed and recipe.schedule.key != "constant":
        faults.append(
            Fault(
                "schedule.key",
                f"{spec.label} reads the learning rate once, at its start, so {recipe.schedule.key} would do nothing; "
                "choose constant",
            )
        )
    return faults
