"""What the model of a checkpoint puts out for the validation rows of its run, and for known anomalies."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch

from core.errors import BadInput
from core.recipe.codec import parse_recipe
from core.store.workspace import Run
from core.train import state
from core.train.evaluate import EVALUATION_BATCH
from core.train.plan import make_plan


@torch.no_grad()
def validation_outputs(run: Run, step: int, uploads: Path) -> np.ndarray:
    """Raw outputs (n, outputs) float32 of the model saved at `step`, in eval mode and full precision, on its own data.

    The rows of known anomalies come after the validation rows, where the data has any.

    Raises:
        BadInput: when there is no such checkpoint, or it can't be read or does not fit.
    """
    if step not in (checkpoint.step for checkpoint in run.checkpoints.list()):
        raise BadInput(f"Run {run.id} has no checkpoint at step {step}; choose one from its list.")
    plan = make_plan(parse_recipe(run.document()), uploads)
    saved = state.load(run.checkpoints.path(step), plan.device)
    try:
        plan.model.load_state_dict(saved["model"])
    except RuntimeError:
        raise BadInput(
            f"The checkpoint at step {step} does not fit the model of this recipe; choose another one."
        ) from None
    plan.model.eval()
    rows = plan.x_val
    if plan.data.x_apart is not None:
        rows = torch.cat([rows, torch.from_numpy(plan.data.x_apart).to(plan.device)])
    parts = [plan.model(rows[i : i + EVALUATION_BATCH]).float().cpu() for i in range(0, len(rows), EVALUATION_BATCH)]
    return torch.cat(parts).numpy()
