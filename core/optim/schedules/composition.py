"""One schedule after another."""

from __future__ import annotations

from core.optim.schedules.open_loop import (
    constant_schedule,
    cosine_restarts_schedule,
    cosine_schedule,
    cyclic_schedule,
    exponential_schedule,
    inverse_sqrt_schedule,
    linear_schedule,
    one_cycle_schedule,
    polynomial_schedule,
    step_schedule,
    warmup_cosine_schedule,
    wsd_schedule,
)
from core.optim.schedules.points import multistep_schedule

BY_KEY = {
    "constant": constant_schedule,
    "step": step_schedule,
    "multistep": multistep_schedule,
    "exponential": exponential_schedule,
    "polynomial": polynomial_schedule,
    "linear": linear_schedule,
    "cosine": cosine_schedule,
    "warmup_cosine": warmup_cosine_schedule,
    "inverse_sqrt": inverse_sqrt_schedule,
    "wsd": wsd_schedule,
    "one_cycle": one_cycle_schedule,
    "cyclic": cyclic_schedule,
    "cosine_restarts": cosine_restarts_schedule,
}


def sequence_schedule(
    step: int, total_steps: int, *, first: str = "constant", share: float = 0.5, second: str = "cosine"
) -> float:
    """Follow `first` over the share `share` of the run and `second` over the rest, each with its defaults and its own clock.

    As torch's SequentialLR. At least one step is the first one's, and one the second's where there are two.
    """
    cut = min(max(1, round(share * total_steps)), max(1, total_steps - 1))
    if step < cut:
        return float(BY_KEY[first](step, cut))
    return float(BY_KEY[second](step - cut, max(1, total_steps - cut)))
