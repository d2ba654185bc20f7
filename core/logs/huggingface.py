"""The trainer_state.json that Hugging Face's Trainer writes into every checkpoint."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from core.errors import BadInput
from core.logs.series import Metrics
from core.logs.tables import from_records

STATE = "trainer_state.json"


def is_trainer_state(document: Any) -> bool:
    """Whether a JSON document is a trainer_state.json."""
    return isinstance(document, dict) and isinstance(document.get("log_history"), list)


def newest_state(folder: Path) -> Path | None:
    """The trainer_state.json of an output folder: its own, else that of the newest checkpoint."""
    if (folder / STATE).is_file():
        return folder / STATE
    found = [(int(match[1]), path) for path in folder.glob(f"checkpoint-*/{STATE}") if (match := _number(path))]
    return max(found)[1] if found else None


def _number(path: Path) -> re.Match[str] | None:
    return re.fullmatch(r"checkpoint-(\d{1,15})", path.parent.name)


def read_trainer_state(document: dict[str, Any], source: str) -> Metrics:
    """Losses, learning rate, gradient norms and evaluations of `log_history`.

    The last entry, which sums up the whole run (it has "train_runtime"), is left out: its "train_loss" is a mean over all
    steps. A loss is the mean since the entry before, as the Trainer writes it.

    Raises:
        BadInput: when nothing was logged yet.
    """
    entries = [one for one in document["log_history"] if isinstance(one, dict) and "train_runtime" not in one]
    if not entries:
        raise BadInput(f"{source} has an empty log_history; train for at least `logging_steps` steps, then ask again.")
    metrics = from_records(entries, "huggingface", source)
    steps, epochs = _positive(document.get("max_steps")), _positive(document.get("num_train_epochs"))
    if steps:
        metrics.facts["total_steps"] = int(steps)
        if epochs > 1e-6:
            metrics.facts["steps_per_epoch"] = max(1, round(steps / epochs))
        if (_positive(document.get("global_step")) or steps) < steps:
            metrics.status = "stopped"
    if batch := _positive(document.get("train_batch_size")):
        metrics.facts["batch_size"] = int(batch)
    loss = metrics.series.get("loss")
    norm = metrics.series.get("grad_norm")
    if loss is not None and norm is not None and len(loss) > 1 and (loss.values[-2:] == 0).all():
        metrics.notes.append(
            "A loss of exactly 0 may stand for NaN: the Trainer's logging_nan_inf_filter leaves such losses out of its mean."
        )
    return metrics


def _positive(value: Any) -> float:
    good = isinstance(value, (int, float)) and not isinstance(value, bool) and 0 < value < 2**53
    return float(value) if good else 0.0
