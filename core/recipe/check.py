"""Do the parts of a recipe fit each other? Checks that need no data and no torch."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core.data.balance.catalogue import BALANCES
from core.data.balance.spec import BalanceSpec
from core.data.base import DatasetSpec
from core.data.catalogue import DATASETS
from core.data.tokens.embeddings import EMBEDDING_SIZE
from core.errors import Fault
from core.models.catalogue import ARCHITECTURES, model_fault
from core.models.parts.catalogue import INITIALISATIONS
from core.optim.catalogue import OPTIMIZERS
from core.recipe.parts import DataPart, Recipe
from core.train.augment.catalogue import AUGMENTATIONS
from core.train.augment.spec import AugmentationSpec
from core.train.loss_catalogue import LOSSES
from core.train.regularise.catalogue import REGULARISATIONS
from core.train.regularise.spec import RegularisationSpec

DEFAULT_LOSS = {"classification": "cross_entropy", "regression": "mse", "reconstruction": "mse"}
REBUILDABLE = ("tabular", "image", "sequence")


def task_of(key: str, settings: Mapping[str, Any]) -> str | None:
    """The task of a data set with these settings of the data section, or None where only reading an uploaded table can tell."""
    if key not in DATASETS:
        return None
    if settings.get("predict") == "input":
        return "reconstruction"
    task = settings.get("task", DATASETS[key].task)
    return task if task in DEFAULT_LOSS else None


def data_task(data: DataPart) -> str | None:
    """The task of a data section, or None where only reading an uploaded table can tell."""
    return task_of(data.key, {**data.params, "predict": data.predict})


def default_loss(data: DataPart) -> str:
    """The loss that suits the data's task."""
    return DEFAULT_LOSS[data_task(data) or "classification"]


def cross_faults(recipe: Recipe) -> list[Fault]:
    """Every fault that shows only when the parts are held side by side."""
    faults: list[Fault] = []
    data, loss = DATASETS[recipe.data.key], LOSSES[recipe.loss.key]
    task = data_task(recipe.data)
    if task and task not in loss.tasks:
        fitting = ", ".join(key for key, spec in LOSSES.items() if task in spec.tasks)
        faults.append(
            Fault("loss.key", f"{loss.key} does not fit {data.label}, a {task} task; choose one of: {fitting}")
        )
    if found := model_fault(recipe.model.key, data.kind, task, data.label):
        faults.append(Fault("model.key", found))
    if task == "reconstruction":
        faults += reconstruction_faults(recipe)
    faults += _kind_faults(recipe, data, task)
    if BALANCES[recipe.balance.key].acts == "batches" and recipe.train.fault == "sorted_rows":
        faults.append(
            Fault(
                "balance.key", "balanced batches mix the classes, which undoes the fault sorted_rows; drop one of them"
            )
        )
    start = INITIALISATIONS[recipe.init.key]
    faults += [Fault("init.key", sentence) for sentence in start.faults(recipe.model.key, recipe.model.params)]
    if recipe.train.precision == "amp" and recipe.train.device in ("cpu", "mps"):
        faults.append(
            Fault(
                "train.precision",
                f"amp needs a CUDA device, but the device is {recipe.train.device}; use bf16 or fp32",
            )
        )
    return faults + optimizer_faults(recipe) + schedule_faults(recipe)


def reconstruction_faults(recipe: Recipe) -> list[Fault]:
    """What keeps a network from being trained to put out its own input."""
    faults, data = [], DATASETS[recipe.data.key]
    if data.kind not in REBUILDABLE:
        faults.append(
            Fault(
                "data.predict",
                f"is input, but {data.label} is {data.kind}, which is no row of numbers to rebuild; choose target, or data "
                f"that is {' or '.join(REBUILDABLE)}",
            )
        )
    if recipe.train.fault == "sorted_rows":
        faults.append(
            Fault("train.fault", "sorted_rows sorts by the target, and a reconstruction has none; choose another")
        )
    return faults


def _kind_faults(recipe: Recipe, data: DatasetSpec, task: str | None) -> list[Fault]:
    """Balances, augmentations and regularisations that do not suit this kind of data or this task."""
    chosen: list[tuple[str, BalanceSpec | AugmentationSpec | RegularisationSpec]] = [
        ("balance.key", BALANCES[recipe.balance.key]),
        *((f"augment.{key}", AUGMENTATIONS[key]) for key in recipe.augment.entries),
        *((f"regularise.{key}", REGULARISATIONS[key]) for key in recipe.regularise.entries),
    ]
    faults = []
    for where, spec in chosen:
        if data.kind not in spec.kinds:
            faults.append(
                Fault(
                    where,
                    f"{spec.label} takes {' or '.join(spec.kinds)} data, but {data.label} is {data.kind}; leave it out",
                )
            )
        elif task and task not in spec.tasks:
            faults.append(
                Fault(
                    where, f"{spec.label} is for {' or '.join(spec.tasks)}, but {data.label} is a {task}; leave it out"
                )
            )
    return faults


def transfer_faults(recipe: Recipe) -> list[Fault]:
    """What can't be taken over, or learn at rates of its own."""
    model, transfer, faults = ARCHITECTURES[recipe.model.key], recipe.transfer, []
    if transfer.weights == "pretrained" and not model.pretrained:
        having = " or ".join(key for key, spec in ARCHITECTURES.items() if spec.pretrained)
        faults.append(
            Fault(
                "transfer.weights",
                f"{model.label} has no pretrained weights; take {having}, or weights kept from a run",
            )
        )
    if transfer.weights == "pretrained" and model.expects:
        name, value, sentence = model.expects
        if recipe.data.params.get(name, getattr(recipe.data, name, None)) != value:
            faults.append(Fault(f"data.{name}", sentence))
    if transfer.weights == "embeddings":
        faults += embedding_faults(recipe)
    spec = OPTIMIZERS[recipe.optim.key]
    if transfer.layer_decay != 1.0 and (spec.learned_scale or "optim.lr" in spec.fixed or not spec.elementwise):
        faults.append(
            Fault(
                "transfer.layer_decay",
                f"{spec.label} can't take one rate for each layer; choose adamw, adam or momentum",
            )
        )
    return faults


def embedding_faults(recipe: Recipe) -> list[Fault]:
    """What keeps pretrained word embeddings from being put into a text model."""
    data, params = DATASETS[recipe.data.key], recipe.model.params
    if data.kind != "text":
        return [
            Fault("transfer.weights", f"embeddings stand for words, and {data.label} is {data.kind}; leave it empty")
        ]
    name = "embedding" if "embedding" in params else "width"
    if params.get(name, EMBEDDING_SIZE) == EMBEDDING_SIZE:
        return []
    return [Fault(f"model.{name}", f"the embeddings have {EMBEDDING_SIZE} numbers a word; set it to {EMBEDDING_SIZE}")]


def regularisation_faults(recipe: Recipe) -> list[Fault]:
    """One average of the weights at a time, and none where batch norm's statistics would not fit it; penalties on weights that
    are computed from others.
    """
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
    if norm in ("weight", "spectral"):
        faults += [
            Fault(
                f"regularise.{key}",
                f"{norm} norm computes the weights from others, whose size means nothing, so {REGULARISATIONS[key].label} "
                "would not do what it says; set model.norm to another, or leave it out",
            )
            for key in recipe.regularise.entries
            if REGULARISATIONS[key].on_weights
        ]
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
    spec, faults = OPTIMIZERS[recipe.optim.key], [*regularisation_faults(recipe), *transfer_faults(recipe)]
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
