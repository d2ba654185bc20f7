"""Times to a target, and performance profiles against a plain computation."""

from __future__ import annotations

import math

import numpy as np
import pytest

from core.errors import BadInput
from core.race.judging.profiles import performance_profile, time_to_target

INF = math.inf


def test_the_first_point_at_the_target_counts() -> None:
    steps = [0, 10, 20, 30]
    losses = [[2.0, 1.0, 0.5, 0.4], [2.0, 0.4, 0.9, 0.3], [2.0, math.nan, math.nan, math.nan], [2.0, 1.0, 0.9, -INF]]
    assert time_to_target(steps, losses, 0.5, higher_is_better=False).tolist() == [20, 10, INF, INF]
    assert time_to_target(steps, losses, 2.0, higher_is_better=True).tolist() == [0, 0, 0, 0]
    assert time_to_target([], np.zeros((2, 0)), 0.5, higher_is_better=False).tolist() == [INF, INF]


def test_curves_that_do_not_fit_are_refused() -> None:
    with pytest.raises(BadInput, match="x of shape"):
        time_to_target([1, 2], [[1.0, 2.0, 3.0]], 0.5, higher_is_better=False)


def test_profile_of_a_small_example_by_hand() -> None:
    times = [[10, 40, INF, INF], [20, 20, 30, INF]]
    tau, share = performance_profile(times)
    assert tau.tolist() == [1, 2]
    assert share.tolist() == [[0.25, 0.5], [0.5, 0.75]]


def test_profile_agrees_with_the_definition() -> None:
    random = np.random.default_rng(0)
    times = random.lognormal(size=(4, 9))
    times[random.random(times.shape) < 0.2] = INF
    times[:, 0], times[0, 1] = INF, 0
    tau = np.array([1, 1.5, 2, 4, 100])
    share = performance_profile(times, tau).share

    def solved(lane: int, task: int, within: float) -> bool:
        return math.isfinite(times[lane, task]) and times[lane, task] <= within * times[:, task].min()

    for lane in range(4):
        for k, within in enumerate(tau):
            assert share[lane, k] == sum(solved(lane, task, within) for task in range(9)) / 9
    assert (np.diff(share, axis=1) >= 0).all()


def test_times_that_are_not_known_are_refused() -> None:
    with pytest.raises(BadInput, match="wait for all tasks"):
        performance_profile([[1.0, math.nan], [2.0, 3.0]])
