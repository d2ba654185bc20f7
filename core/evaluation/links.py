"""From a model's outputs to its answers: what the link of its loss (core.train.loss_spec) makes of them. No torch."""

from __future__ import annotations

import numpy as np

PROBABLE = ("softmax", "sigmoid")


def softmax(logits: np.ndarray) -> np.ndarray:
    """Probabilities of logits (..., classes), over the last axis."""
    powers = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=-1, keepdims=True))


def answers(outputs: np.ndarray, link: str) -> np.ndarray:
    """Outputs (..., outputs) as probabilities of the classes, as they are where they are scores, or as numbers.

    Those of "sigmoid" are each class's own, and need not sum to 1.
    """
    if link == "softmax":
        return softmax(outputs)
    if link == "sigmoid":
        return np.asarray(np.exp(-np.logaddexp(0.0, -outputs)))
    return np.exp(outputs) if link == "exp" else outputs


def usual_link(classes: int) -> str:
    """The link of a model of which only the task is known."""
    return "softmax" if classes else "identity"


def output_noun(link: str) -> str:
    """What one output of a classification is called."""
    return "score" if link == "none" else "logit"
