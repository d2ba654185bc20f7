"""What the first batches of a watched loop tell: the loss against guessing, the outputs, the order of the labels."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import torch
from torch.nn import functional

from core.errors import BadInput
from core.probes.inspection import first_outputs, sums_to_one

MOST_TARGETS = 4_096
FIRST_BATCHES = 10
ENOUGH_PER_CLASS = 20
GRAPH_NODES = 64


class FirstBatches:
    """Collects outputs and targets of the first steps; `inspection` and `facts` are what the rules read of them."""

    def __init__(self, task: str, classes: int, inspection: dict[str, Any]) -> None:
        self.task, self.classes = task, classes
        self.inspection = {**inspection, "chance_loss": math.nan, "label_mixing": math.nan, "time_gradient": math.nan}
        self.facts: dict[str, Any] = {"task": task, "class_names": _names(classes), "loss": ""}
        self.changed = True
        self.curious = task == "classification"
        self._comparable = bool(
            classes
        )  # told the number of classes only, the loss is taken to be a mean cross-entropy
        self._labels: list[torch.Tensor] = []
        self._held = 0

    def first(self, loss: torch.Tensor, outputs: torch.Tensor | None, targets: torch.Tensor | None) -> None:
        """Look at the first step's loss, and outputs and targets where they were given."""
        found = self.inspection
        found["loss"] = float(loss.detach())
        batch = outputs if outputs is not None else targets
        if batch is not None and batch.ndim:
            found["rows"] = len(batch)
        if outputs is not None and outputs.ndim and outputs.is_floating_point():
            out = outputs.detach().float()
            probable = out.ndim == 2 and out.shape[1] > 1 and sums_to_one(out)
            found |= first_outputs(out) | {"output_is_probability": probable}
        if outputs is not None and targets is not None:
            with torch.no_grad():
                name, self._comparable = yardstick(self.task, self.classes, loss, outputs, targets)
            self.facts["loss"] = name
            if name == "binary":
                self.classes = 2
            if self.task == "regression" and targets.is_floating_point() and self._comparable:
                found |= guessing(name, targets.detach().double())
        if not self._comparable:
            self.facts["class_names"] = []
        else:
            self.facts["class_names"] = _names(self.classes)
        self.changed = True

    def look(self, targets: torch.Tensor | None) -> None:
        """Keep the class numbers of one more batch, until there are enough."""
        if targets is None or not self.curious:
            return
        if not self.classes or (targets.is_floating_point() and self.facts["loss"] != "binary"):
            self.curious = False
            return
        labels = targets.detach().reshape(-1)[: MOST_TARGETS - self._held].clone()
        self._held += len(labels)
        self._labels.append(labels)
        self.changed = True
        self.curious = self._held < MOST_TARGETS

    def document(self) -> dict[str, Any]:
        """The inspection with all labels so far; waits for the device."""
        self.changed = False
        batches = [labels.long().cpu().numpy() for labels in self._labels]
        if batches and self.classes:
            batches = [labels[(labels >= 0) & (labels < self.classes)] for labels in batches]
            counts = np.bincount(np.concatenate(batches), minlength=self.classes)
            self.inspection["class_counts"] = [int(c) for c in counts]
            self.inspection["label_mixing"] = label_mixing(batches[:FIRST_BATCHES])
        if self.classes and self._comparable:
            counts = np.array(self.inspection.get("class_counts") or [0])
            enough = counts.sum() >= ENOUGH_PER_CLASS * self.classes
            self.inspection["chance_loss"] = entropy(counts) if enough else math.log(self.classes)
        return self.inspection


def _names(classes: int) -> list[str]:
    return [str(number) for number in range(classes)]


def classes_of(outputs: torch.Tensor | None, targets: torch.Tensor | None, known: int) -> int:
    """The number of classes: as given, else columns of the outputs (rows, classes, ...), 2 for a single column.

    Raises:
        BadInput: when it is needed and can't be told, or the outputs contradict it.
    """
    if outputs is None:
        if targets is not None and not known:
            raise BadInput("num_classes is needed to read targets without outputs: give watch(..., num_classes=N).")
        return known
    if outputs.ndim < 2 or outputs.shape[1] == 1:
        return known or 2
    if targets is not None and outputs.ndim > 2 and targets.shape == outputs.shape[:-1]:
        return known or outputs.shape[-1]
    if known and outputs.ndim == 2 and targets is not None and targets.ndim == 1 and outputs.shape[1] != known:
        raise BadInput(
            f"num_classes is {known}, but the outputs have {outputs.shape[1]} columns; give the number the model has."
        )
    return known or outputs.shape[1]


def as_rows(outputs: torch.Tensor, targets: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor] | None:
    """Logits (n, classes) and class numbers (n,) of a batch, of sequences or of images; None when they don't fit."""
    if targets.is_floating_point() or outputs.ndim < 2 or outputs.shape[1] < 2:
        return None
    if outputs.ndim == 2 and targets.numel() == len(outputs):
        logits = outputs
    elif targets.shape == outputs.shape[:-1]:
        logits = outputs.reshape(-1, outputs.shape[-1])
    elif targets.shape == (len(outputs), *outputs.shape[2:]):
        logits = outputs.movedim(1, -1).reshape(-1, outputs.shape[1])
    else:
        return None
    flat = targets.reshape(-1).long()
    valid = (flat >= 0) & (flat < logits.shape[1])
    return logits.float()[valid], flat[valid]


def yardstick(
    task: str, classes: int, loss: torch.Tensor, outputs: torch.Tensor, targets: torch.Tensor
) -> tuple[str, bool]:
    """Which loss function gave `loss` for this batch, and whether the loss of guessing is known for it.

    One of cross_entropy, nll, binary, mse, mae, or "" when none gives that number.
    """
    value, out = float(loss), outputs.detach()
    if task == "classification" and (rows := as_rows(out, targets.detach())):
        plain = float(functional.cross_entropy(*rows))
        if applies_softmax(loss, outputs) or _near(value, plain):
            return "cross_entropy", not math.isfinite(value + plain) or 0.5 * plain < value < 2 * plain
        logs = (rows[0], rows[0].clamp_min(1e-30).log())
        return ("nll", True) if any(_near(value, float(functional.nll_loss(z, rows[1]))) for z in logs) else ("", False)
    if out.numel() != targets.numel():
        return "", False
    flat, goal = out.reshape(-1).float(), targets.detach().reshape(-1).float()
    if task == "classification" and classes == 2 and bool(((goal == 0) | (goal == 1)).all()):
        ways = [float(functional.binary_cross_entropy_with_logits(flat, goal))]
        if bool(((flat >= 0) & (flat <= 1)).all()):
            ways.append(float(functional.binary_cross_entropy(flat, goal)))
        return ("binary", True) if any(_near(value, way) for way in ways) else ("", False)
    if task == "regression":
        for name, way in (("mse", functional.mse_loss), ("mae", functional.l1_loss)):
            if _near(value, float(way(flat, goal))):
                return name, True
    return "", False


def guessing(loss: str, targets: torch.Tensor) -> dict[str, float]:
    """Mean and spread of numeric targets, and the loss of always guessing their middle."""
    spread = (targets - targets.median()).abs().mean() if loss == "mae" else targets.var(correction=0)
    return {
        "target_mean": float(targets.mean()),
        "target_std": float(targets.std(correction=0)),
        "chance_loss": float(spread),
    }


def applies_softmax(loss: torch.Tensor, outputs: torch.Tensor) -> bool:
    """Whether the graph of `loss` takes a log-softmax of `outputs`; False where the graph is gone."""
    if loss.grad_fn is None or outputs.grad_fn is None:
        return False
    waiting: list[tuple[Any, bool]] = [(loss.grad_fn, False)]
    for _ in range(GRAPH_NODES):
        if not waiting:
            return False
        node, passed = waiting.pop(0)
        if node is outputs.grad_fn:
            if passed:
                return True
            continue
        passed = passed or node.name().startswith("LogSoftmax")
        waiting += [(one, passed) for one, _ in node.next_functions if one is not None]
    return False


def entropy(counts: np.ndarray) -> float:
    """Entropy of the shares of `counts` (classes,), in nats."""
    shares = counts[counts > 0] / max(counts.sum(), 1)
    return -float((shares * np.log(shares)).sum())


def label_mixing(batches: list[np.ndarray]) -> float:
    """Mean entropy of the labels within a batch / the same after dealing them anew: near 1 when rows are shuffled."""
    if len(batches) < 3:
        return math.nan
    everything = np.concatenate(batches)
    dealt = np.random.default_rng(0).permutation(everything)
    cuts = np.cumsum([len(batch) for batch in batches])[:-1]
    usual = float(np.mean([entropy(np.bincount(batch)) for batch in np.split(dealt, cuts) if len(batch)] or [0.0]))
    found = float(np.mean([entropy(np.bincount(batch)) for batch in batches if len(batch)] or [0.0]))
    return found / usual if usual > 0.1 else math.nan


def _near(value: float, other: float) -> bool:
    return math.isfinite(value + other) and abs(value - other) <= 0.02 * max(abs(other), 1e-6)
