"""Starting from trained weights, kept or pretrained; keeping those of a run."""

from __future__ import annotations

from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import nn

from core.errors import BadInput
from core.recipe.codec import parse_recipe
from core.store.files import write_text
from core.store.weights import KeptWeights, describe, weights_folder, weights_name, weights_path
from core.store.workspace import Run
from core.train import state
from core.train.transfer.fill import fill
from core.train.transfer.pretrained import pretrained_weights

PRETRAINED = "pretrained"


def start_from(model: nn.Module, weights: str, model_key: str, home: Path, *, fresh_output: bool) -> list[str]:
    """Fill `model` from kept weights, or from those that its package brings; returns the names of the tensors filled.

    Tensors are matched by name and shape; the rest stays as initialised, and with `fresh_output` the output layer too.

    Raises:
        BadInput: when there are no such weights, or nothing of them fits.
    """
    tensors = pretrained_weights(model_key) if weights == PRETRAINED else load_file(weights_path(home, weights))
    return fill(model, tensors, fresh_output=fresh_output)


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
