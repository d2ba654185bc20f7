"""Keeping the weights of a checkpoint, for other runs to start from."""

from __future__ import annotations

from pathlib import Path

import torch
from safetensors.torch import save_file

from core.errors import BadInput
from core.recipe.codec import parse_recipe
from core.store.files import write_text
from core.store.weights import KeptWeights, describe, weights_folder, weights_name
from core.store.workspace import Run
from core.train import state


def keep_weights(run: Run, step: int, home: Path) -> KeptWeights:
    """Keep the weights of a checkpoint of `run` under a name that follows from them.

    Raises:
        BadInput: when there is no such checkpoint, or it can't be read.
    """
    if step not in (checkpoint.step for checkpoint in run.checkpoints.list()):
        raise BadInput(f"Run {run.id} has no checkpoint at step {step}; choose one from its list.")
    recipe = parse_recipe(run.document())
    tensors = {
        name: value.clone().contiguous()
        for name, value in state.load(run.checkpoints.path(step), torch.device("cpu"))["model"].items()
    }
    name = weights_name(recipe.name, state.tensors_hash(tensors))
    kept = KeptWeights(name, run.id, step, recipe.model.key, recipe.data.key)
    folder = weights_folder(home)
    folder.mkdir(parents=True, exist_ok=True)
    save_file(tensors, folder / f".{name}.tmp")
    (folder / f".{name}.tmp").replace(folder / f"{name}.safetensors")
    write_text(folder / f"{name}.json", describe(kept))
    return kept
