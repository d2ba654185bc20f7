"""Losses on classes as modules: from outputs (batch, classes) and targets to one mean value.

Targets are class numbers (batch,) int64, or the probability of each class (batch, classes) float, as mixing of samples
gives them; both agree where all the probability is on one class. Every row counts alike, so that the mean over a whole
is the mean over its parts.
"""

from __future__ import annotations

import torch
from torch import nn


def target_shares(targets: torch.Tensor, outputs: torch.Tensor) -> torch.Tensor:
    """Targets in either form as the probability of each class, (batch, classes), in the outputs' type."""
    if targets.is_floating_point():
        return targets.to(outputs.dtype)
    classes = torch.arange(outputs.shape[1], device=targets.device)
    return (targets.unsqueeze(1) == classes).to(outputs.dtype)


def class_weights(scheme: str, counts: tuple[int, ...], beta: float) -> torch.Tensor:
    """Weights (classes,) float32 for classes with so many training rows, scaled to a mean of 1 over those rows.

    "balanced": 1 / count. "effective": (1 - beta) / (1 - beta^count), the inverse of the effective number of samples (Cui et
    al. 2019): all alike for beta 0, balanced for beta towards 1. "none": all 1. A class without a row has weight 0.
    """
    if scheme == "none":
        return torch.ones(len(counts))
    rows = torch.tensor(counts, dtype=torch.float64)
    raw = 1.0 / rows if scheme == "balanced" else (1.0 - beta) / (1.0 - beta**rows)
    raw = torch.where(rows > 0, raw, 0.0)
    return (raw * rows.sum() / (raw * rows).sum()).float()


class ClassLoss(nn.Module):
    """A loss of every row, (batch,), then their mean; with `reduction` "none" as they are."""

    def __init__(self) -> None:
        super().__init__()
        self.reduction = "mean"

    def of_rows(self, outputs: torch.Tensor, shares: torch.Tensor) -> torch.Tensor:
        """The loss (batch,) of outputs (batch, classes) for probabilities of the classes (batch, classes)."""
        raise NotImplementedError

    def forward(self, outputs: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        """The mean over rows, 0-d, or (batch,)."""
        if outputs.dtype in (torch.float16, torch.bfloat16):
            outputs = outputs.float()
        found = self.of_rows(outputs, target_shares(targets, outputs))
        return found if self.reduction == "none" else found.mean()


class WeightedCrossEntropy(ClassLoss):
    """Cross-entropy with a weight (classes,) for each class."""

    def __init__(self, weights: torch.Tensor, label_smoothing: float) -> None:
        super().__init__()
        self.label_smoothing = label_smoothing
        self.register_buffer("weights", weights)

    def of_rows(self, outputs: torch.Tensor, shares: torch.Tensor) -> torch.Tensor:
        """See the class."""
        smooth = (1.0 - self.label_smoothing) * shares + self.label_smoothing / outputs.shape[1]
        return -(smooth * self.weights * outputs.log_softmax(dim=1)).sum(dim=1)


class Focal(ClassLoss):
    """Cross-entropy of each class times (1 - its probability)^gamma and its weight (Lin et al. 2017)."""

    def __init__(self, weights: torch.Tensor, gamma: float) -> None:
        super().__init__()
        self.gamma = gamma
        self.register_buffer("weights", weights)

    def of_rows(self, outputs: torch.Tensor, shares: torch.Tensor) -> torch.Tensor:
        """See the class. Where a probability is 1, the power of 0 has no slope for gamma below 1: it is held just above."""
        logs = outputs.log_softmax(dim=1)
        doubt = -torch.expm1(logs)
        if self.gamma < 1.0:
            doubt = doubt.clamp_min(torch.finfo(doubt.dtype).tiny)
        return -(shares * self.weights * doubt**self.gamma * logs).sum(dim=1)


class Poly1(ClassLoss):
    """Cross-entropy + epsilon (1 - probability): its series with a free first coefficient (Leng et al. 2022)."""

    def __init__(self, epsilon: float) -> None:
        super().__init__()
        self.epsilon = epsilon

    def of_rows(self, outputs: torch.Tensor, shares: torch.Tensor) -> torch.Tensor:
        """See the class."""
        logs = outputs.log_softmax(dim=1)
        return (shares * (self.epsilon * (1.0 - logs.exp()) - logs)).sum(dim=1)


class Hinge(ClassLoss):
    """max(0, margin - (own score - rival's score))^power: of the strongest rival, or of all, divided by the classes."""

    def __init__(self, margin: float, rivals: str, power: int) -> None:
        super().__init__()
        self.margin, self.rivals, self.power = margin, rivals, power

    def of_rows(self, outputs: torch.Tensor, shares: torch.Tensor) -> torch.Tensor:
        """See the class; (batch, classes) first, as if each class in turn were the right one."""
        if self.rivals == "strongest":
            first, second = outputs.topk(2, dim=1).values.split(1, dim=1)
            rival = torch.where(outputs == first, second, first)
            of_class = (self.margin - outputs + rival).clamp_min(0.0) ** self.power
        else:
            short = (self.margin - outputs.unsqueeze(2) + outputs.unsqueeze(1)).clamp_min(0.0) ** self.power
            others = 1.0 - torch.eye(outputs.shape[1], dtype=outputs.dtype, device=outputs.device)
            of_class = (short * others).sum(dim=2) / outputs.shape[1]
        return (shares * of_class).sum(dim=1)


class OneVersusRest(ClassLoss):
    """Binary cross-entropy of each class against all others, the mean over classes."""

    def of_rows(self, outputs: torch.Tensor, shares: torch.Tensor) -> torch.Tensor:
        """See the class."""
        return nn.functional.binary_cross_entropy_with_logits(outputs, shares, reduction="none").mean(dim=1)


class LengthMargin(ClassLoss):
    """The margin loss of capsules: length = sigmoid(output) should exceed `present` for the right class, else be below `absent`.

    Squares of what is missing; those of the other classes count `down_weight` times (Sabour, Frosst and Hinton 2017).
    """

    def __init__(self, present: float, absent: float, down_weight: float) -> None:
        super().__init__()
        self.present, self.absent, self.down_weight = present, absent, down_weight

    def of_rows(self, outputs: torch.Tensor, shares: torch.Tensor) -> torch.Tensor:
        """See the class."""
        lengths = outputs.sigmoid()
        too_short = (self.present - lengths).clamp_min(0.0).square()
        too_long = (lengths - self.absent).clamp_min(0.0).square()
        return (shares * too_short + self.down_weight * (1.0 - shares) * too_long).sum(dim=1)


def make_cross_entropy(*, label_smoothing: float = 0.0) -> nn.Module:
    """Mean of -log softmax(logits)[class]."""
    return nn.CrossEntropyLoss(label_smoothing=label_smoothing)


def make_weighted_cross_entropy(
    *, counts: tuple[int, ...], class_weighting: str = "balanced", beta: float = 0.999, label_smoothing: float = 0.0
) -> nn.Module:
    """Cross-entropy weighted by the `counts` of the training rows of each class; see `class_weights`."""
    return WeightedCrossEntropy(class_weights(class_weighting, counts, beta), label_smoothing)


def make_focal(
    *, counts: tuple[int, ...], gamma: float = 2.0, class_weighting: str = "none", beta: float = 0.999
) -> nn.Module:
    """Focal loss; gamma 0 is (weighted) cross-entropy."""
    return Focal(class_weights(class_weighting, counts, beta), gamma)


def make_poly1(*, epsilon: float = 1.0) -> nn.Module:
    """Poly-1 loss; epsilon 0 is cross-entropy."""
    return Poly1(epsilon)


def make_hinge(*, margin: float = 1.0, rivals: str = "strongest") -> nn.Module:
    """Multi-class hinge loss: Crammer and Singer 2001 (strongest), Weston and Watkins 1999 (all)."""
    return Hinge(margin, rivals, 1)


def make_squared_hinge(*, margin: float = 1.0, rivals: str = "strongest") -> nn.Module:
    """The hinge loss squared, rival by rival."""
    return Hinge(margin, rivals, 2)


def make_one_vs_rest() -> nn.Module:
    """Mean binary cross-entropy over rows and classes."""
    return OneVersusRest()


def make_length_margin(*, present: float = 0.9, absent: float = 0.1, down_weight: float = 0.5) -> nn.Module:
    """Margin loss on lengths of capsules, or on the sigmoid of any outputs."""
    return LengthMargin(present, absent, down_weight)
