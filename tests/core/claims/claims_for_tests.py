"""A claim that takes a second, one that can't be run, and numbers for claims that nobody trained."""

from __future__ import annotations

from collections.abc import Sequence

from core.claims.base import ClaimSpec, Number, Statement, Tuning
from core.claims.measure import Measured
from core.experiments.arms import Arm

TINY = ClaimSpec(
    key="tiny",
    label="Learning beats standing still",
    summary="With a rate above 0 a network learns.",
    article="A test's claim. Nobody 2026.",
    source="Nobody 2026",
    base={
        "data": {"key": "moons", "samples": 120},
        "model": {"key": "mlp", "depth": 1, "width": 8},
        "optim": {"key": "adam", "lr": 0.0},
        "train": {"epochs": 10, "batch_size": 32},
    },
    arms=(Arm("learns", "With a rate"), Arm("stands", "At rate 0")),
    says=(
        Statement("It ends with a lower loss.", "learns", "stands", Number("val_loss"), "lower"),
        Statement("It gets there sooner.", "learns", "stands", Number("val_loss", 0.3), "lower", "ratio", 0.2),
    ),
    seeds=3,
    evaluate_every=1,
    tuning=Tuning({"learns": (0.0001, 0.03)}, Number("val_loss")),
)

ELSEWHERE = ClaimSpec(
    key="elsewhere",
    label="What takes more than there is",
    summary="Far stars can be told apart.",
    article="A test's claim. Nobody 2026.",
    source="Nobody 2026",
    not_run="it takes a telescope.",
)


def measured(claim: ClaimSpec, **by_arm: Sequence[float | None]) -> Measured:
    """As if the arms had come to these values, the same for every number."""
    count = len(next(iter(by_arm.values())))
    return Measured(
        claim=claim.key,
        fingerprint=claim.fingerprint(),
        seeds=tuple(range(count)),
        values={number.key: {arm: tuple(row) for arm, row in by_arm.items()} for number in claim.numbers},
        resolutions={number.key: None for number in claim.numbers},
        tuned={},
        steps=dict.fromkeys(by_arm, 10),
        diverged=dict.fromkeys(by_arm, 0),
        cpu_seconds=1.0,
    )
