"""What a race is judged by: the recorded metric that each score stands for, in words, and which way is better. No torch."""

from __future__ import annotations

from collections.abc import Collection

COLUMNS = {"loss": "val_loss", "metric": "val_accuracy", "f1": "val_f1", "balanced_accuracy": "val_balanced_accuracy"}
OF_CLASSES = ("f1", "balanced_accuracy")
"""Scores that only a classification has."""
LABELS = {
    "val_accuracy": "validation accuracy",
    "val_r2": "validation R²",
    "val_loss": "validation loss",
    "val_f1": "validation F1",
    "val_balanced_accuracy": "balanced validation accuracy",
}


def score_name(score: str, recorded: Collection[str]) -> str:
    """The recorded metric that decides under `score`; a regression has R² in the place of what only classes have."""
    return "val_r2" if score != "loss" and "val_r2" in recorded else COLUMNS[score]


def higher_is_better(score: str) -> bool:
    """Whether more of the score, or of the metric of that name, is better."""
    return score not in ("loss", "val_loss")
