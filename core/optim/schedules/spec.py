"""What the catalogue knows of a schedule, and the parameters that many of them share. No torch."""

from __future__ import annotations

from dataclasses import dataclass

from core.registry import Param, Spec


@dataclass(frozen=True, kw_only=True)
class ScheduleSpec(Spec):
    """A schedule: a factor on the base learning rate, from 0 to 1.

    Not reactive: `load()` is a pure function (step, total_steps, **params) -> factor, steps from 0.
    Reactive: `load()(**params)` is an object with update(metric) -> factor, called after each evaluation with
    the validation loss, and state_dict() / load_state_dict(state).
    """

    reactive: bool = False


def final(default: float = 0.01, *, positive: bool = False) -> Param:
    """The factor at the last step; `positive` where it may not be 0, since the schedule divides by it."""
    return Param(
        "final",
        default,
        "Final factor",
        "What is left of the base rate at the last step.",
        minimum=None if positive else 0,
        above=0 if positive else None,
        maximum=1,
        log=positive,
    )


def warmup(default: float = 0.05) -> Param:
    """The share of the run over which the rate rises."""
    return Param("warmup", default, "Warm-up", "Share of the run.", minimum=0, below=1, unit="of the run")
