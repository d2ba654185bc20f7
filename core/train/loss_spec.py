"""What the catalogue knows of a loss. No torch."""

from __future__ import annotations

from dataclasses import dataclass

from core.registry import Spec


@dataclass(frozen=True, kw_only=True)
class LossSpec(Spec):
    """A loss for the named tasks. `build(**params)` returns a module: (output, target) -> mean loss, 0-d.

    Outputs are (batch, outputs) as every architecture gives them. Targets of numbers are (batch,); of classes they are
    (batch,) int64 or, as probabilities, (batch, classes). 0 is the loss of a perfect answer, unless a smoothing says
    otherwise.

    needs_counts  `build` also takes counts, the training rows of each class (core.train.loss_fit.loss_arguments)
    link          what turns outputs into an answer: "softmax" or "sigmoid" into probabilities of the classes, "none" where
                  scores of classes are no probabilities; "identity" or "exp" into a number
    targets       "counts" where the targets must be counts of at least 0; "" for any
    """

    tasks: tuple[str, ...]
    link: str
    needs_counts: bool = False
    targets: str = ""
