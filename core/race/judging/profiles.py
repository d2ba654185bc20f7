"""How fast: the time to a target per seed, and performance profiles over several tasks. No torch."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from core.errors import BadInput
from core.race.judging.statistics import Floats


class Profile(NamedTuple):
    """`share` (lanes, taus): the share of tasks that a lane solved within `tau` (taus,) times the best lane's time.

    `share` steps up at `tau` and is constant from there to the next.
    """

    tau: Floats
    share: Floats


def time_to_target(x: ArrayLike, curves: ArrayLike, target: float, *, higher_is_better: bool) -> Floats:
    """First `x` (points,) at which each of `curves` (seeds, points) is at the target or better; inf where it never is.

    The time is that of a recorded point, nothing is interpolated: its resolution is the distance of two points. As
    it asks for the best so far, one lucky evaluation is enough; take a mean over several where evaluations are noisy.
    A point that is not finite reaches no target.

    Raises:
        BadInput: where `x` and `curves` don't fit together.
    """
    at, values = np.asarray(x, dtype=float), np.asarray(curves, dtype=float)
    if values.ndim != 2 or at.shape != values.shape[1:]:
        raise BadInput(
            f"Times to a target need curves (seeds, points) with an x for each point, but were given curves of shape "
            f"{values.shape} and x of shape {at.shape}."
        )
    there = (values >= target) if higher_is_better else (values <= target)
    return np.where(there & np.isfinite(values), at, np.inf).min(axis=1, initial=np.inf)


def performance_profile(times: ArrayLike, tau: ArrayLike | None = None) -> Profile:
    """Performance profiles (Dolan and Moré 2002) of `times` (lanes, tasks); inf where a lane never got there.

    A lane's ratio on a task is its time divided by the best lane's. The profile at 1 is the share of tasks on which
    the lane was the fastest (or as fast), and far out the share that it solved at all. A task that no lane solved
    counts for none. `tau` left out, the profile is given at 1 and at every ratio met.

    Raises:
        BadInput: for times below 0 or NaN, such as those of a race that has not finished.
    """
    given = np.asarray(times, dtype=float)
    if given.ndim != 2 or not given.size or not (given >= 0).all():
        raise BadInput(
            f"A performance profile needs times (lanes, tasks) of 0 or more, inf where the target was never reached, "
            f"but was given shape {given.shape} with {int((~(given >= 0)).sum())} other values; wait for all tasks."
        )
    best = given.min(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(np.isfinite(given), np.where(given == best, 1.0, given / best), np.inf)
    at = np.unique([1.0, *ratio[np.isfinite(ratio)]]) if tau is None else np.asarray(tau, dtype=float)
    return Profile(at, (ratio[:, :, None] <= at * (1 + 1e-12)).mean(axis=1))
