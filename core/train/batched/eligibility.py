"""Which recipes can be trained together in one batched computation, and why the others train alone. No torch."""

from __future__ import annotations

import json
from typing import Any

from core.data.catalogue import DATASETS
from core.models.catalogue import ARCHITECTURES
from core.optim.catalogue import OPTIMIZERS
from core.optim.schedules.catalogue import SCHEDULES
from core.recipe.check import data_task
from core.recipe.codec import to_document
from core.recipe.parts import OptimPart, Recipe, TransferPart
from core.train.loss_catalogue import LOSSES
from core.train.regularise.catalogue import REGULARISATIONS

MODELS = ("mlp", "cnn", "residual_cnn")
ELEMENTWISE = (
    "sgd", "momentum", "nesterov", "adam", "adamw", "rmsprop", "adagrad", "nadam", "radam", "adamax", "adadelta", "lion",
)  # fmt: skip
OWN_SECTIONS = ("name", "seed", "init", "schedule", "record")
OWN_TRAIN = ("checkpoint_every", "keep_checkpoints", "pause_on_nan")


def why_alone(recipe: Recipe, device: str = "cpu") -> str | None:
    """A sentence that says why this recipe trains alone, or None when it can share a batch.

    `device` is the kind that `train.device: auto` stands for. How large the model is must be asked of a plan:
    see core.train.batched.worth.
    """
    if recipe.train.device != "auto":
        device = recipe.train.device
    optim, model, schedule, loss = (
        OPTIMIZERS[recipe.optim.key],
        ARCHITECTURES[recipe.model.key],
        SCHEDULES[recipe.schedule.key],
        LOSSES[recipe.loss.key],
    )
    params = recipe.model.params
    dropout, drops = bool(params.get("dropout")), params.get("dropout_kind")
    draws = dropout or bool(params.get("stochastic_depth"))
    reasons = {
        f"{optim.label} does not treat every weight by itself in one gradient per step.": optim.key not in ELEMENTWISE,
        f"{model.label} has no batched form.": model.key not in MODELS,
        f"{loss.label} weighs the classes by each run's own training rows.": loss.needs_counts,
        "Every model of a graph holds the whole graph.": DATASETS[recipe.data.key].kind == "graph",
        "Rebuilding an input has no batched form.": data_task(recipe.data) == "reconstruction",
        f"{schedule.label} follows the run's own validation loss.": schedule.reactive,
        "Early stopping ends each run at a step of its own.": recipe.train.patience is not None,
        "A fault on purpose changes the loop itself.": recipe.train.fault != "none",
        f"The precision {recipe.train.precision} is set up run by run.": recipe.train.precision != "fp32",
        "torch.compile compiles one model.": recipe.train.compile,
        "A norm of weights has no batched form.": params.get("norm") in ("weight", "spectral"),
        "DropConnect has no batched form.": dropout and drops == "dropconnect",
        f"{', '.join(REGULARISATIONS[key].label for key in recipe.regularise.entries)} has no batched form.": bool(
            recipe.regularise.entries
        ),
        "Trained weights and frozen layers are set up run by run.": recipe.transfer != TransferPart(),
        "Augmentation has no batched form.": bool(recipe.augment.entries),
        f"On {device}, dropout draws its masks inside the kernel, from one stream for all.": draws and device != "cpu",
    }
    return next((reason for reason, holds in reasons.items() if holds), None)


def batch_key(recipe: Recipe) -> str:
    """Recipes with equal keys can share one batch.

    They may differ in name, seed, initialisation, schedule, what is recorded, learning rate, weight decay, clip
    limit, and the optimizer's other numbers; data, model, optimizer, loss, batch size and length must agree.
    """
    document: dict[str, Any] = {name: part for name, part in to_document(recipe).items() if name not in OWN_SECTIONS}
    document["train"] = {name: value for name, value in document["train"].items() if name not in OWN_TRAIN}
    document["clip"] = recipe.clip.mode
    options = {name: value for name, value in recipe.optim.params.items() if not isinstance(value, float)}
    document["optim"] = {"variant": variant(recipe.optim), **options}
    return json.dumps(document, sort_keys=True)


def variant(optim: OptimPart) -> str:
    """The form of the optimizer that decides what state it keeps: a key of core.train.batched.updates.UPDATES."""
    if optim.params.get("amsgrad"):
        return f"{optim.key} with amsgrad"
    if optim.key == "rmsprop" and optim.params.get("momentum"):
        return "rmsprop with momentum"
    return optim.key


def hyper_parameters(recipe: Recipe) -> dict[str, float]:
    """Every number of the optimizer and the clip limit: what a member of a batch has of its own."""
    numbers = {name: float(value) for name, value in recipe.optim.params.items() if isinstance(value, (int, float))}
    return {**numbers, "lr": recipe.optim.lr, "weight_decay": recipe.optim.weight_decay, "clip": recipe.clip.limit}
