"""Remedies for steps of the wrong size: learning rate, schedule, clipping."""

from __future__ import annotations

import math

import numpy as np

from core.diagnosis.base import Remedy
from core.diagnosis.case import Array, Case
from core.optim.catalogue import OPTIMIZERS

# Where each optimizer usually works on networks that are well begun; the recipes of this project lie near them.
USUAL_RATE = {
    "sgd": 0.05,
    "momentum": 0.01,
    "nesterov": 0.01,
    "adam": 0.002,
    "adamw": 0.002,
    "rmsprop": 0.001,
    "adagrad": 0.02,
}


def _rate(case: Case) -> float:
    """The base learning rate in force at the end, live changes included."""
    for event in reversed(case.events):
        if event.kind == "changed" and event.data.get("setting") == "optim.lr":
            return float(event.data["after"])
    assert case.recipe is not None
    return case.recipe.optim.lr


def usual_rate(case: Case) -> float:
    """Where the recipe's optimizer usually works."""
    assert case.recipe is not None
    key = case.recipe.optim.key
    return USUAL_RATE.get(key) or OPTIMIZERS[key].suggested_lr


def safe_rate(case: Case) -> float:
    """A tenth of the rate in force, or the optimizer's usual rate if that is lower."""
    return min(_rate(case) / 10, usual_rate(case))


def slower(case: Case) -> tuple[Remedy, ...]:
    """Smaller steps."""
    lr = safe_rate(case)
    return (
        Remedy(f"Learning rate {lr:g}", {"optim.lr": lr}),
        Remedy(f"Learning rate {lr / 10:g}", {"optim.lr": lr / 10}),
        Remedy("Clip the gradient norm at 1", {"clip.mode": "norm", "clip.limit": 1.0}),
    )


def faster(case: Case) -> tuple[Remedy, ...]:
    """Larger steps: what brings the update ratio to 1e-3, and no less than the optimizer's usual rate; or Adam."""
    lr = _rate(case)
    ratio = median_update_ratio(case)[-5:] if case.has("updates") else np.array([])
    gain = 1e-3 / float(np.median(ratio)) if len(ratio) and np.median(ratio) > 0 else 100.0
    gain = 10 ** round(min(max(math.log10(gain), 1), 5))
    higher = min(max(lr * gain, usual_rate(case)), 1e6)
    return (
        Remedy(f"Learning rate {higher:g}", {"optim.lr": higher}),
        Remedy("Adam at 0.001", {"optim.key": "adam", "optim.lr": 0.001}),
    )


def looser_clip(case: Case) -> tuple[Remedy, ...]:
    """A limit that only rare gradients reach."""
    norms = case.tables["gradients"].column("gradient_norm")
    norms = norms[np.isfinite(norms)]
    limit = float(f"{np.percentile(norms, 90):.2g}") if len(norms) else 1.0
    return (
        Remedy(
            f"Clip at {limit:g}, the 90th percentile of the norm", {"clip.limit": max(limit, 1e-6)}, from_start=False
        ),
        Remedy("No clipping", {"clip.mode": "none"}, from_start=False),
    )


def longer_schedule(case: Case) -> tuple[Remedy, ...]:
    """A learning rate that stays useful until the end."""
    return (
        Remedy("Cosine schedule over the whole run", {"schedule.key": "cosine"}),
        Remedy("Constant learning rate", {"schedule.key": "constant"}),
    )


def median_update_ratio(case: Case) -> Array:
    """Median over the layers of ||delta W|| / ||W||, one per record."""
    return np.median(case.tables["updates"].family("update_ratio"), axis=1)
