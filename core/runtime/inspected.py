"""What the inspector process answers, and what is said when it does not. No torch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from core.diagnosis.causes import Diagnosis

NO_ANSWER = {
    "preflight": "The check before training ended without an answer: this recipe needs too much time or memory for it. "
    "You can train all the same.",
    "depth": "The networks could not be compared: they need too much time or memory here. Take fewer or smaller ones.",
    "trace": "The step could not be repeated: it needs too much time or memory here.",
    "outputs": "The predictions could not be made: this model needs too much time or memory for its validation rows.",
    "keep_weights": "The weights could not be kept: writing them takes too long.",
    "augmented": "The varied rows could not be made: this data needs too much time or memory for it.",
    "robustness": "The attack could not be made: this model needs too much time or memory for it.",
    "find_rate": "The search for a learning rate takes too long for this recipe: take a smaller model or batch.",
    "network": "The network could not be built to look at: it needs too much time or memory here.",
    "trajectories": "The paths could not be followed: they take too long. Take fewer steps or optimizers.",
    "loss_slice": "The loss could not be measured: this model needs too much time or memory for it. Take a smaller one.",
}


@dataclass(frozen=True)
class Preflight:
    """What can be said before step 1: the diagnosis, what the inspection measured, and how long it took."""

    diagnosis: Diagnosis
    inspection: dict[str, Any]
    facts: dict[str, Any]
    seconds: float


@dataclass(frozen=True)
class Depth:
    """One network before training, layer by layer: spread of the activations, rms of the gradient before them; its loss."""

    layers: list[str]
    signal: list[float]
    gradient: list[float]
    loss: float
