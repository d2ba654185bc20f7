"""The augmenter of a recipe, and a look at what it does."""

from __future__ import annotations

import torch

from core.data.base import Prepared
from core.recipe.parts import Recipe
from core.train.augment.augment import Augmenter, Step
from core.train.augment.catalogue import AUGMENTATIONS


def make_augmenter(recipe: Recipe, data: Prepared, device: torch.device) -> Augmenter | None:
    """What varies the training rows of `recipe`; None where it augments nothing."""
    steps = [
        Step(key, AUGMENTATIONS[key].load(), dict(params), AUGMENTATIONS[key].mixes)
        for key, params in recipe.augment.entries.items()
    ]
    if not steps:
        return None
    mean, std = (torch.as_tensor(array, dtype=torch.float32, device=device) for array in (data.x_mean, data.x_std))
    return Augmenter(steps, recipe.seed, data.kind, len(data.class_names), mean, std)


def varied(recipe: Recipe, data: Prepared, rows: list[int], epochs: int) -> list[torch.Tensor]:
    """Those training rows, (rows, ...), as the model sees them in each of the first `epochs` epochs."""
    augmenter = make_augmenter(recipe, data, torch.device("cpu"))
    x, y = torch.from_numpy(data.x_train), torch.from_numpy(data.y_train)
    chosen = torch.tensor(rows)
    if augmenter is None:
        return [x.index_select(0, chosen)] * epochs
    return [augmenter(x, y, chosen, epoch, torch.device("cpu"))[0] for epoch in range(epochs)]
