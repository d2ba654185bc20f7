"""How a run ended, by figures that no rule looks at; and whether that confirms what a case was built to be."""

from __future__ import annotations

import math

import numpy as np

from benchmarks.gallery.case import GalleryCase
from core.diagnosis.case import Case

VALIDATION_LOSS_RISE = 0.2


def score(case: Case, measure: str) -> float:
    """One number, larger is better, 0 for a run that left the range of numbers.

    train         accuracy or R2 (at least 0) on training rows at the last evaluation
    least_recall  recall of the class that is found least, on validation rows
    validation    1 - validation loss / loss of guessing, at least -1; of the weights that are kept, so of the best
                  evaluation where early stopping ended the run
    """
    if not case.has("evaluation"):
        return 0.0
    if measure == "train":
        value = case.train_score
    elif measure == "least_recall":
        value = float(case.tables["predictions"].column("least_recall")[-1])
    else:
        loss = case.tables["evaluation"].column("val_loss")
        stopped = case.recipe is not None and case.recipe.train.patience is not None
        value = 1 - float(np.nanmin(loss) if stopped else loss[-1]) / case.chance_loss
        return max(value, -1.0) if math.isfinite(value) else -1.0
    return max(value, 0.0) if math.isfinite(value) else 0.0


def confirmed_sick(member: GalleryCase, sick: float, twin: float) -> str:
    """Why a sick case is dropped; empty when its outcome confirms the fault."""
    if twin - sick < member.margin:
        return f"the run scores {sick:.2f} and its repaired twin {twin:.2f}: no gap of {member.margin:g}"
    return ""


def confirmed_healthy(member: GalleryCase, case: Case) -> str:
    """Why a healthy case is dropped; empty when it learned, and did not lose on unseen rows what it had won."""
    reached = score(case, "train")
    if reached < member.reach:
        return f"the run scores {reached:.2f}, below {member.reach:g}"
    return not_overfitted(case)


def not_overfitted(case: Case) -> str:
    """Why a run counts as overfitted by its outcome; empty when it does not."""
    loss = case.tables["evaluation"].column("val_loss")
    lost = (score(case, "validation") - (1 - float(np.nanmin(loss)) / case.chance_loss)) * -1
    if not lost <= VALIDATION_LOSS_RISE:
        return f"its validation loss rose by {lost:.2f} of the loss of guessing: truly overfitted"
    return ""
