"""What is tried on a sick run: the first remedy of the diagnosis, and one repair drawn at random."""

from __future__ import annotations

import random
from collections.abc import Mapping

from benchmarks.gallery.case import GalleryCase
from core.diagnosis.causes import Diagnosis
from core.errors import RecipeError
from core.recipe.codec import with_changes
from core.recipe.parts import Recipe


def plausible(recipe: Recipe) -> dict[str, Recipe]:
    """Every repair of the usual list that fits this recipe and changes it."""
    lr, batch = recipe.optim.lr, recipe.train.batch_size
    changes: dict[str, Mapping[str, object]] = {
        "learning rate x 10": {"optim.lr": lr * 10},
        "learning rate / 10": {"optim.lr": lr / 10},
        "He initial weights": {"init.key": "he_normal"},
        "default initial weights": {"init.key": "default"},
        "batch norm": {"model.norm": "batch"},
        "layer norm": {"model.norm": "layer"},
        "ReLU": {"model.activation": "relu"},
        "leaky ReLU": {"model.activation": "leaky_relu"},
        "clip at 1": {"clip.mode": "norm", "clip.limit": 1.0},
        "no clipping": {"clip.mode": "none"},
        "Adam at 0.001": {"optim.key": "adam", "optim.lr": 0.001},
        "batch x 4": {"train.batch_size": 4 * batch},
        "standardise": {"data.standardise": True},
        "shuffle": {"train.shuffle": True},
        "no weight decay": {"optim.weight_decay": 0.0},
        "dropout 0.3": {"model.dropout": 0.3},
        "constant rate": {"schedule.key": "constant"},
        "width x 4": {"model.width": 4 * int(recipe.model.params.get("width") or 64)},
        "early stopping": {"train.patience": 8},
    }
    found = {}
    for label, change in changes.items():
        try:
            changed = with_changes(recipe, change)
        except RecipeError:
            continue
        if changed != recipe:
            found[label] = changed
    return found


def drawn(case: GalleryCase) -> tuple[str, Recipe]:
    """One of them, by a draw that depends on the case's id alone."""
    options = plausible(case.recipe)
    label = random.Random(f"random repair of {case.id}").choice(sorted(options))
    return label, options[label]


def first_remedy(case: GalleryCase, diagnosis: Diagnosis) -> tuple[str, Recipe] | None:
    """The first remedy of the named cause, from the start; None without a cause or a remedy that fits."""
    if diagnosis.cause is None or not diagnosis.cause.remedies:
        return None
    remedy = diagnosis.cause.remedies[0]
    try:
        return remedy.label, with_changes(case.recipe, remedy.changes)
    except RecipeError:
        return None
