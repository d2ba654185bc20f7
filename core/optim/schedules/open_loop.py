"""Learning-rate schedules fixed in advance: pure functions (step, total_steps) -> factor of the base rate.

Steps count from 0; the last step of a run is total_steps - 1 and takes the final factor. A run that goes on
past its planned length stays there, except in the repeating schedules.
"""

from __future__ import annotations

import math


def constant_schedule(step: int, total_steps: int) -> float:
    """Return 1 at every step."""
    return 1.0


def step_schedule(step: int, total_steps: int, *, every: float = 0.3, factor: float = 0.1) -> float:
    """Multiply by `factor` each time another share `every` of the run has passed (torch's StepLR)."""
    period = max(1, round(every * total_steps))
    return factor ** (step // period)


def exponential_schedule(step: int, total_steps: int, *, final: float = 0.01) -> float:
    """Shrink by the same ratio at every step, from 1 to `final` (torch's ExponentialLR)."""
    return final ** run_progress(step, total_steps - 1)


def cosine_schedule(step: int, total_steps: int, *, final: float = 0.01) -> float:
    """Follow half a cosine from 1 to `final` (Loshchilov and Hutter 2017, one cycle)."""
    return cosine_between(1.0, final, run_progress(step, total_steps - 1))


def warmup_cosine_schedule(step: int, total_steps: int, *, warmup: float = 0.05, final: float = 0.01) -> float:
    """Rise in a straight line over the share `warmup` of the run, then follow half a cosine to `final`.

    With w warm-up steps the factors are 1 / (w + 1), 2 / (w + 1), ... and 1 at step w: never 0.
    """
    rising = round(warmup * total_steps)
    if step < rising:
        return (step + 1) / (rising + 1)
    return cosine_between(1.0, final, run_progress(step - rising, total_steps - 1 - rising))


def one_cycle_schedule(
    step: int, total_steps: int, *, peak: float = 0.3, start: float = 0.04, final: float = 1e-4
) -> float:
    """Rise by a cosine from `start` to 1 at the share `peak` of the run, then fall to `final`.

    As torch's OneCycleLR with max_lr the base rate, start = 1 / div_factor and
    final = 1 / (div_factor * final_div_factor).
    """
    top = peak * total_steps - 1
    if step < top:
        return cosine_between(start, 1.0, run_progress(step, top))
    return cosine_between(1.0, final, run_progress(step - max(top, 0.0), total_steps - 1 - max(top, 0.0)))


def cyclic_schedule(
    step: int,
    total_steps: int,
    *,
    period: float = 0.25,
    low: float = 0.1,
    mode: str = "triangular",
    end: float = 0.1,
) -> float:
    """Rise and fall in straight lines between `low` and 1; each cycle takes the share `period` of the run.

    The height of a cycle stays (triangular), halves from one to the next (triangular2), or shrinks by the same ratio at
    every step, to the share `end` at the last one (exp_range); the last cycle of a longer run goes on shrinking.
    """
    length = max(2, round(period * total_steps))
    position = (step % length) / length
    height = {
        "triangular": 1.0,
        "triangular2": 0.5 ** (step // length),
        "exp_range": end ** (step / max(total_steps - 1, 1)),
    }[mode]
    return low + (1.0 - low) * (1.0 - abs(2.0 * position - 1.0)) * height


def polynomial_schedule(step: int, total_steps: int, *, power: float = 2.0, final: float = 0.01) -> float:
    """Fall from 1 to `final` as the share of the run that is left, to the power `power` (torch's PolynomialLR)."""
    return final + (1.0 - final) * (1.0 - run_progress(step, total_steps - 1)) ** power


def linear_schedule(step: int, total_steps: int, *, final: float = 0.01) -> float:
    """Fall from 1 to `final` in a straight line (torch's LinearLR)."""
    return 1.0 - (1.0 - final) * run_progress(step, total_steps - 1)


def cosine_restarts_schedule(
    step: int, total_steps: int, *, cycles: int = 3, multiply: int = 2, final: float = 0.01
) -> float:
    """Half a cosine from 1 towards `final`, `cycles` times, each `multiply` times as long as the one before.

    Together they fill the run; as torch's CosineAnnealingWarmRestarts where their lengths are whole steps. A run that goes
    on past its planned length stays at `final`.
    """
    units = sum(multiply**cycle for cycle in range(cycles))
    place, begin = step * units / total_steps, 0  # in lengths of the first cycle
    for cycle in range(cycles):
        length = multiply**cycle
        if place < begin + length:
            return cosine_between(1.0, final, (place - begin) / length)
        begin += length
    return final


def inverse_sqrt_schedule(step: int, total_steps: int, *, warmup: float = 0.1) -> float:
    """Rise in a straight line over w steps, the share `warmup` of the run, then fall as sqrt(w / t) (Vaswani et al. 2017)."""
    rising = max(1, round(warmup * total_steps))
    return min((step + 1) / rising, math.sqrt(rising / (step + 1)))


def wsd_schedule(
    step: int,
    total_steps: int,
    *,
    warmup: float = 0.05,
    decay: float = 0.2,
    final: float = 0.01,
    shape: str = "linear",
) -> float:
    """Warm-up, stable, decay: rise over the share `warmup`, stay at 1, and fall to `final` over the last share `decay`."""
    rising, last = round(warmup * total_steps), total_steps - 1
    falling = max(rising, total_steps - round(decay * total_steps) - 1)  # the last step at 1
    if step < rising:
        return (step + 1) / (rising + 1)
    progress = run_progress(step - falling, last - falling)
    return final**progress if shape == "exponential" else 1.0 - (1.0 - final) * progress


def run_progress(step: float, last: float) -> float:
    """Return how far `step` is on the way from 0 to `last`, in 0..1; 0 if there is no way to go."""
    return min(max(step / last, 0.0), 1.0) if last > 0 else 0.0


def cosine_between(begin: float, end: float, progress: float) -> float:
    """Return the value on half a cosine from `begin` (progress 0) to `end` (progress 1)."""
    return end + (begin - end) * (1.0 + math.cos(math.pi * progress)) / 2.0
