"""`watch`: records and diagnoses a training loop that somebody else wrote, without changing what it computes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TypeAlias

import torch
from torch import nn

from core.errors import BadInput
from core.recipe.parts import RecordPart
from core.watch import checks
from core.watch.doctor import Doctor
from core.watch.journal import Journal, document_of

Optimizers: TypeAlias = "torch.optim.Optimizer | Sequence[torch.optim.Optimizer] | Mapping[str, torch.optim.Optimizer]"

PROBES_SHARE = 0.5  # of the budget; the rest pays for hooks, writing and judging (benchmarks/watch.py)


def watch(
    model: nn.Module,
    optimizer: Optimizers,
    *,
    task: str = "classification",
    num_classes: int | None = None,
    name: str | None = None,
    out: str | Path | None = None,
    budget: float | None = 0.05,
    scaler: torch.amp.GradScaler | None = None,
) -> Doctor:
    """Watch a training loop: call `step` of what this returns after each optimizer step, `findings` when you like.

    Args:
        model: what is trained; compiled and wrapped before it is given.
        optimizer: its optimizer, or several of them.
        task: classification, regression or other; says what outputs and targets mean.
        num_classes: number of classes; else told by the outputs that `step` gets.
        name: of the run in the dashboard (default: the model's class).
        out: workspace folder (default: $GRADCLINIC_HOME or ~/.gradclinic).
        budget: largest share of the step time that recording may take; None records at every chance.
        scaler: the GradScaler, where one is used, so that gradients inside the network are divided by its scale.

    Raises:
        BadInput: when one of them can't be used, with a sentence that says what can.
    """
    bare, compiled = checks.check_model(model)
    watched = checks.Watched(bare, checks.check_optimizers(optimizer, bare), compiled)
    kind, classes = checks.check_task(task, num_classes)
    percent = checks.check_budget(budget)
    record = RecordPart(budget=None if percent is None else PROBES_SHARE * percent)
    if scaler is not None and not hasattr(scaler, "get_scale"):
        raise BadInput(
            f"scaler is a {type(scaler).__name__}; give the torch.amp.GradScaler of the loop, or leave it out."
        )
    device = next(p.device for p in bare.parameters() if p.requires_grad)
    journal = Journal(out, document_of(watched, name, kind, percent), device)
    return Doctor(watched, kind, classes, record, journal, scaler)
