"""Effects have a sign, a size and honest errors."""

from __future__ import annotations

import math

import numpy as np
import pytest

from core.experiments.effects import effect_of
from core.race.judging.statistics import mean_interval


def test_a_ratio_is_the_share_by_which_a_number_fell() -> None:
    control = np.array([100, 120, 90, 110, 105.0])
    treated = control * np.array([0.8, 0.82, 0.78, 0.81, 0.79])
    effect = effect_of(treated, control, kind="ratio", direction="lower")
    logs = mean_interval(np.log(treated / control))
    assert logs is not None
    assert effect.size == pytest.approx(1 - math.exp(logs.mean))
    assert (effect.low, effect.high) == pytest.approx((1 - math.exp(logs.high), 1 - math.exp(logs.low)))
    assert effect.direction == "held"
    assert effect.about(0.2) == "held"
    assert effect.about(0.4) == "did not hold"
    assert effect_of(control, treated, kind="ratio", direction="lower").direction == "did not hold"


def test_a_difference_is_positive_where_the_number_moved_as_claimed() -> None:
    worse, better = np.array([0.70, 0.72, 0.71]), np.array([0.80, 0.81, 0.80])
    assert effect_of(better, worse, kind="difference", direction="higher").size == pytest.approx(0.0933, abs=1e-4)
    assert effect_of(better, worse, kind="difference", direction="lower").size == pytest.approx(-0.0933, abs=1e-4)


def test_too_wide_an_interval_tells_no_size() -> None:
    control = np.full(5, 100.0)
    treated = np.array([95, 40, 80, 20, 60.0])
    effect = effect_of(treated, control, kind="ratio", direction="lower")
    assert effect.low < 0.2 < effect.high
    assert effect.about(0.2) == "not separable"


def test_a_lost_seed_counts_as_the_worst() -> None:
    never, reached = np.full(6, np.inf), np.full(6, 50.0)
    effect = effect_of(reached, never, kind="ratio", direction="lower")
    assert (effect.direction, effect.test, effect.control_lost, effect.n) == ("held", "sign", 6, 0)
    assert effect.about(0.2) == "not separable"
    few = effect_of(reached[:5], never[:5], kind="ratio", direction="lower")
    assert few.direction == "not separable"  # even five of five may be chance


def test_one_seed_tells_nothing() -> None:
    assert effect_of([1.0], [2.0], kind="difference", direction="lower").direction == "not separable"


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["ratio", "difference"])
def test_without_an_effect_a_claim_holds_in_at_most_one_of_twenty(kind: str) -> None:
    random = np.random.default_rng(0)
    held = failed = 0
    for _ in range(1000):
        shared = random.normal(size=5)
        values = np.exp(0.3 * (shared + random.normal(size=(2, 5))))
        effect = effect_of(values[0], values[1], kind=kind, direction="lower")  # type: ignore[arg-type]
        held += effect.direction == "held"
        failed += effect.direction == "did not hold"
    assert held <= 50
    assert 10 <= held + failed <= 75  # and it is no stone: 5 % are expected


def test_a_real_effect_is_found() -> None:
    random = np.random.default_rng(1)
    found = 0
    for _ in range(200):
        control = np.exp(0.1 * random.normal(size=5))
        treated = 0.7 * np.exp(0.1 * random.normal(size=5))
        found += effect_of(treated, control, kind="ratio", direction="lower").direction == "held"
    assert found >= 180
