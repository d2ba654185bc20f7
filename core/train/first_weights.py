"""The first weights of a model, drawn as its recipe says."""

from __future__ import annotations

import numpy as np
import torch
from torch import nn

from core.models.parts.catalogue import INITIALISATIONS
from core.models.parts.spec import SEEN_ROWS, stated_activation
from core.recipe.parts import Recipe


def draw_first_weights(model: nn.Module, recipe: Recipe, rows: np.ndarray) -> None:
    """Initialise `model`, on the CPU and just built, from torch's global generator.

    `rows` (n, ...) are the training rows as the model reads them; an initialisation that looks at data is given the
    first SEEN_ROWS of them.
    """
    spec = INITIALISATIONS[recipe.init.key]
    seen = {"batch": torch.from_numpy(rows[:SEEN_ROWS])} if spec.needs_batch else {}
    spec.load()(model, stated_activation(recipe.model.params), **seen, **recipe.init.params)
