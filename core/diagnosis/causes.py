"""From findings to one most likely cause: what can bring about what, and which cause is looked at first."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from core.diagnosis.base import SEVERITIES, Finding

# Earlier in this list means: suspected first, where two findings do not explain each other.
FIRST_SUSPECTED = (
    "wrong-direction", "frozen-parameters", "missing-zero-grad", "double-softmax", "symmetric-initialisation",
    "unscaled-target", "unscaled-input", "unshuffled-data", "exploding-gradient", "bad-initial-scale",
    "learning-rate-too-high", "over-clipping", "vanishing-gradient", "vanishing-over-time", "saturated-activation",
    "dead-relu", "update-ratio-too-high", "over-regularisation", "premature-decay", "learning-rate-too-low",
    "batch-norm-misuse", "evaluated-in-training-mode", "non-finite", "class-imbalance", "gradient-spike", "overfitting",
    "underfitting", "label-noise", "rank-collapse", "loss-oscillation", "prediction-collapse",
    "target-leak", "loss-plateau",
)  # fmt: skip

SYMPTOMS = (
    "loss-plateau",
    "prediction-collapse",
    "rank-collapse",
    "underfitting",
    "loss-oscillation",
)
BLOW_UPS = (
    "non-finite",
    "learning-rate-too-high",
    "gradient-spike",
    "update-ratio-too-high",
    "dead-relu",
    "saturated-activation",
)

# What each cause can bring about, besides SYMPTOMS.
CONSEQUENCES: dict[str, tuple[str, ...]] = {
    "missing-zero-grad": (*BLOW_UPS, "over-clipping"),
    "wrong-direction": (*BLOW_UPS, "over-clipping", "vanishing-gradient", "missing-zero-grad"),
    "frozen-parameters": ("missing-zero-grad",),  # what the optimizer does not hold, its zero_grad does not clear
    "double-softmax": ("learning-rate-too-low", "bad-initial-scale"),
    "symmetric-initialisation": ("vanishing-gradient", "learning-rate-too-low", "frozen-parameters", "dead-relu", "bad-initial-scale"),
    "unscaled-target": (*BLOW_UPS, "bad-initial-scale", "exploding-gradient", "over-clipping"),
    "unscaled-input": (*BLOW_UPS, "bad-initial-scale", "exploding-gradient", "vanishing-gradient", "over-clipping"),
    "unshuffled-data": (
        "class-imbalance", "overfitting", "gradient-spike", "learning-rate-too-high", "batch-norm-misuse", "dead-relu",
        "missing-zero-grad",  # rows of one class in a row pull the same way
    ),
    "exploding-gradient": (*BLOW_UPS, "bad-initial-scale", "over-clipping", "vanishing-gradient", "overfitting"),
    "bad-initial-scale": (*BLOW_UPS, "over-clipping", "vanishing-gradient", "overfitting"),
    "learning-rate-too-high": (
        "non-finite", "gradient-spike", "update-ratio-too-high", "dead-relu", "saturated-activation", "vanishing-gradient",
        "over-clipping", "class-imbalance", "vanishing-over-time", "over-regularisation",
    ),
    "over-clipping": ("learning-rate-too-low", "vanishing-over-time"),
    "vanishing-gradient": ("learning-rate-too-low", "frozen-parameters", "class-imbalance"),
    "vanishing-over-time": ("learning-rate-too-low",),
    "saturated-activation": ("vanishing-gradient", "learning-rate-too-low", "class-imbalance"),
    "dead-relu": ("vanishing-gradient", "learning-rate-too-low", "frozen-parameters", "class-imbalance"),
    "update-ratio-too-high": ("dead-relu", "saturated-activation", "gradient-spike", "vanishing-gradient", "class-imbalance"),
    "over-regularisation": (
        "learning-rate-too-low", "class-imbalance", "vanishing-gradient", "dead-relu", "saturated-activation",
    ),
    "premature-decay": ("learning-rate-too-low",),
    "learning-rate-too-low": ("class-imbalance", "vanishing-over-time"),
    "batch-norm-misuse": ("gradient-spike", "overfitting", "vanishing-gradient", "learning-rate-too-high"),
    "non-finite": ("prediction-collapse",),
    "label-noise": ("overfitting",),
    "class-imbalance": (),
}  # fmt: skip

LATE = {"dead-relu", "saturated-activation", "update-ratio-too-high"}


@dataclass(frozen=True)
class Diagnosis:
    """What is the matter with a run: the most likely cause, what follows from it, what else was found."""

    cause: Finding | None
    consequences: tuple[Finding, ...] = ()
    others: tuple[Finding, ...] = ()
    notes: tuple[Finding, ...] = ()
    considered: tuple[str, ...] = field(default=())

    @property
    def findings(self) -> tuple[Finding, ...]:
        """All of them: the cause first, then its consequences, other faults, and what is only worth knowing."""
        return (*((self.cause,) if self.cause else ()), *self.consequences, *self.others, *self.notes)

    def document(self) -> dict[str, Any]:
        """JSON-able."""
        return {
            "cause": self.cause.id if self.cause else None,
            "findings": [
                {**finding.document(), "role": role}
                for role, group in (
                    ("cause", (self.cause,) if self.cause else ()),
                    ("consequence", self.consequences),
                    ("other", self.others),
                    ("note", self.notes),
                )
                for finding in group
            ],
            "considered": list(self.considered),
        }


def explains(cause: Finding, effect: Finding) -> bool:
    """Whether `cause` can have brought about `effect`: by kind, and because it did not come clearly later."""
    if cause.name == effect.name:
        return False
    if effect.name not in CONSEQUENCES.get(cause.name, ()) and not (
        effect.name in SYMPTOMS and cause.name not in SYMPTOMS
    ):
        return False
    return cause.first_step <= effect.first_step or effect.name in SYMPTOMS or cause.name not in LATE


def rank(finding: Finding) -> tuple[int, int, int]:
    """Order among findings that don't explain each other: suspicion, then severity, then time."""
    return FIRST_SUSPECTED.index(finding.name), SEVERITIES.index(finding.severity), finding.first_step


def order(findings: list[Finding], considered: tuple[str, ...] = ()) -> Diagnosis:
    """Name one cause, fold its consequences under it. Infos are never a cause."""
    serious = [f for f in findings if f.severity != "info"]
    notes = tuple(sorted((f for f in findings if f.severity == "info"), key=rank))
    roots = [f for f in serious if not any(explains(other, f) and not explains(f, other) for other in serious)]
    roots = roots or serious
    if not roots:
        return Diagnosis(None, notes=notes, considered=considered)
    cause = min(roots, key=rank)
    rest = [f for f in serious if f is not cause]
    following = tuple(sorted((f for f in rest if explains(cause, f)), key=lambda f: f.first_step))
    others = tuple(sorted((f for f in rest if f not in following), key=rank))
    return Diagnosis(cause, following, others, notes, considered)
