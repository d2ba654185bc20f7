"""What can be put around any schedule: a warm-up of the rate, and a momentum that moves against it."""

from __future__ import annotations


def warm_up(step: int, total_steps: int, share: float) -> float:
    """The factor of a straight rise over the share `share` of the run: 1 / (w + 1), 2 / (w + 1), ... and 1 from step w on.

    Goyal et al. 2017, but never 0.
    """
    rising = round(share * total_steps)
    return min(1.0, (step + 1) / (rising + 1))


def cycled_momentum(momentum: float, lowest: float, factor: float) -> float:
    """Momentum where the rate is `factor` (0..1) of its base: `lowest` at 1, `momentum` at 0, in a straight line between.

    A rate that rises meets a momentum that falls (Smith 2018); one that is already below `lowest` stays as it is.
    """
    return momentum - max(momentum - lowest, 0.0) * min(max(factor, 0.0), 1.0)
