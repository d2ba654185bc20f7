"""Paired statistics agree with independent computations, and say nothing where nothing can be said."""

from __future__ import annotations

import math
from itertools import combinations

import numpy as np
import pytest
from scipy import stats

from core.errors import BadInput
from core.race.judging.statistics import (
    ALPHA,
    MINIMUM_SEEDS,
    SEEDS_CAP,
    SIGN_TEST_SEEDS,
    T_975,
    band,
    compare,
    mean_interval,
    paired_difference,
    seeds_needed,
)

NAN = math.nan


@pytest.fixture
def random() -> np.random.Generator:
    return np.random.default_rng(7)


def test_quantiles_of_t_are_those_of_the_tables() -> None:
    assert list(T_975) == list(range(1, 31))
    for df, printed in {1: 12.706, 2: 4.303, 4: 2.776, 9: 2.262, 19: 2.093, 30: 2.042}.items():
        assert T_975[df] == pytest.approx(printed, abs=5e-4)


def test_mean_interval_is_students() -> None:
    values = [0.91, 0.94, 0.92, 0.95]
    found = mean_interval([*values, NAN])
    assert found is not None
    expected = stats.t.interval(0.95, 3, np.mean(values), stats.sem(values))
    assert found == pytest.approx((np.mean(values), *expected, 4))
    assert mean_interval([0.9]) is None
    assert mean_interval([0.9, NAN]) is None


def test_two_lanes_are_compared_by_the_paired_t_test(random: np.random.Generator) -> None:
    a, b = random.normal(size=(2, 6))
    found, expected = paired_difference(a, b), stats.ttest_rel(a, b)
    assert found.p == found.p_adjusted == pytest.approx(expected.pvalue)
    assert (found.low, found.high) == pytest.approx(tuple(expected.confidence_interval()))
    assert (found.mean, found.sd) == pytest.approx((np.mean(a - b), np.std(a - b, ddof=1)))
    assert found.effect == pytest.approx(found.mean / found.sd)
    assert (found.test, found.n, found.df) == ("t", 6, 5)


def test_lower_is_better_unless_said_otherwise() -> None:
    low, high = [0.10, 0.12, 0.11], [0.30, 0.33, 0.31]
    assert paired_difference(low, high).winner == 0
    assert paired_difference(high, low).winner == 1
    assert paired_difference(low, high, higher_is_better=True).winner == 1


@pytest.mark.parametrize("seeds", range(1, MINIMUM_SEEDS))
def test_no_winner_from_one_seed_or_two(seeds: int) -> None:
    found = paired_difference([0.1] * seeds, np.linspace(5, 5.001, seeds))
    assert (found.test, found.winner, found.p) == ("none", None, 1)


def test_identical_lanes_are_no_verdict_however_many_seeds() -> None:
    same = [0.1, 0.2, 0.3] * 6
    found = paired_difference(same, same)
    assert (found.mean, found.sd, found.winner, found.wins_a, found.wins_b) == (0, 0, None, 0, 0)
    assert seeds_needed(found) is None


def test_scores_that_float32_cannot_tell_apart_are_identical(random: np.random.Generator) -> None:
    scores = random.random(20) + 0.5
    found = paired_difference(scores, scores * (1 + 5e-8))
    assert (found.mean, found.sd, found.winner, found.wins_a) == (0, 0, None, 0)
    constant = paired_difference(np.float32([0.9, 0.93, 0.96]), np.float32([0.87, 0.90, 0.93]))
    assert (constant.sd, constant.test) == (0, "none")


@pytest.mark.parametrize(("seeds", "winner"), [(3, None), (SIGN_TEST_SEEDS - 1, None), (SIGN_TEST_SEEDS, 0)])
def test_a_difference_that_never_varies_is_left_to_the_sign_test(seeds: int, winner: int | None) -> None:
    found = paired_difference(np.full(seeds, 0.1) + 0.2, np.full(seeds, 0.4))
    assert found.winner == winner
    assert found.test == ("none" if winner is None else "sign")
    assert found.low == found.high == pytest.approx(-0.1)


def test_a_difference_below_one_row_never_wins() -> None:
    row = 1 / 360
    scores = np.array([[0.9] * 20, [0.9] * 20])
    scores[0, :15] += row
    found = paired_difference(*scores, higher_is_better=True, resolution=row)
    assert found.low > 0  # the t-test alone would be sure
    assert found.winner is None


def test_scores_in_whole_rows_have_at_least_the_spread_of_rounding() -> None:
    row = 1 / 360
    one = paired_difference([0.9 + row] * 3, [0.9] * 3, higher_is_better=True, resolution=row)
    assert one.spread == pytest.approx(row / math.sqrt(6), rel=1e-6)
    assert one.winner is None
    assert paired_difference([0.99] * 3, [0.1] * 3, higher_is_better=True, resolution=row).winner == 0


def test_a_lane_does_not_win_by_the_seeds_it_survived() -> None:
    survivor, steady = [0.1, 0.12, NAN, NAN, 0.11], [0.3, 0.31, 0.35, 0.32, 0.33]
    found = paired_difference(survivor, steady)
    assert found.high < 0  # better in all seeds that it finished
    assert (found.winner, found.only_a_diverged, found.n, found.seeds) == (None, 2, 3, 5)


def test_a_lane_that_also_diverges_can_lose_by_the_seeds_that_both_finished() -> None:
    found = paired_difference([0.5, 0.52, NAN, NAN, 0.51], [0.3, 0.31, 0.35, 0.32, 0.33])
    assert (found.winner, found.test, found.n) == (1, "t", 3)


def test_divergence_counts_as_the_worst_in_the_sign_test(random: np.random.Generator) -> None:
    fragile, steady = random.normal(size=(2, 12)) * 0.01
    fragile[:1], fragile[1:] = NAN, fragile[1:] - 1
    found = paired_difference(fragile, steady)
    assert (found.winner, found.test, found.wins_a, found.wins_b) == (0, "sign", 11, 1)
    assert found.p == pytest.approx(stats.binomtest(11, 12).pvalue)
    all_lost = paired_difference([NAN] * 6, [0.1] * 6)
    assert (all_lost.winner, all_lost.p) == (1, pytest.approx(2 / 64))
    assert paired_difference([NAN] * 5, [0.1] * 5).winner is None


def test_unfinished_seeds_are_not_held_against_a_lane() -> None:
    finals = np.array([[0.1, 0.12, 0.11, NAN], [0.3, 0.33, 0.31, 0.32]])
    (waiting,) = compare(finals, higher_is_better=False, diverged=np.zeros((2, 4), bool))
    assert (waiting.winner, waiting.only_a_diverged, waiting.wins_b) == (0, 0, 0)
    (lost,) = compare(finals, higher_is_better=False)
    assert (lost.winner, lost.only_a_diverged, lost.wins_b) == (None, 1, 1)


def three_lanes(random: np.random.Generator) -> np.ndarray:
    return random.normal(size=(3, 8)) + np.array([0, 0.1, 4])[:, None]


def test_comparisons_of_three_lanes_are_adjusted_by_holm_and_shaffer(random: np.random.Generator) -> None:
    found = compare(three_lanes(random), higher_is_better=True)
    first, second, third = sorted(found, key=lambda pair: pair.p)
    assert first.p_adjusted == pytest.approx(3 * first.p)
    # once two of three lanes differ, at most one pair of them is still equal
    assert second.p_adjusted == pytest.approx(max(3 * first.p, second.p))
    assert third.p_adjusted == pytest.approx(max(second.p_adjusted, third.p))


@pytest.mark.parametrize("lanes", [3, 5, 8])
def test_a_t_test_separates_exactly_where_its_bounds_exclude_zero(lanes: int, random: np.random.Generator) -> None:
    verdicts = set()
    for _ in range(40):
        scores = random.normal(size=(lanes, 4)) + random.normal(size=(lanes, 1)) * 3
        for pair in compare(scores, higher_is_better=True):
            assert (pair.winner is not None) == (not pair.low <= 0 <= pair.high)
            assert pair.p_adjusted >= pair.p
            verdicts.add(pair.winner is not None)
    assert verdicts == {True, False}


def test_the_order_of_lanes_and_the_units_of_the_score_do_not_matter(random: np.random.Generator) -> None:
    scores = random.normal(size=(5, 4)) + np.arange(5)[:, None]
    scores[1, 2] = NAN
    plain = {(pair.a, pair.b): pair for pair in compare(scores, higher_is_better=True)}
    shuffled = random.permutation(5)
    for pair in compare(-1000 * scores[shuffled], higher_is_better=False):
        a, b = int(shuffled[pair.a]), int(shuffled[pair.b])
        same = plain[min(a, b), max(a, b)]
        assert pair.p_adjusted == pytest.approx(same.p_adjusted)
        assert (None if pair.winner is None else int(shuffled[pair.winner])) == same.winner


def test_a_pair_that_cannot_be_separated_costs_the_others_nothing(random: np.random.Generator) -> None:
    scores = random.normal(size=(2, 5)) * 0.1 + np.array([[0], [0.3]])
    (alone,) = compare(scores, higher_is_better=True)
    with_a_lane_that_diverged = compare(np.vstack([scores, np.full((1, 5), NAN)]), higher_is_better=True)
    assert with_a_lane_that_diverged[0] == alone


def test_a_spread_that_is_small_by_luck_does_not_win() -> None:
    """Two lanes that happen to agree in every seed, among lanes that jump between two values."""
    jumping = [[0, 0, 1], [0, 1, 0], [1, 0, 1], [1, 1, 0], [0, 1, 1], [1, 0, 0]]
    lucky = np.array([[0, 0.001, 0], [1, 1.0, 1.001], *jumping])
    assert paired_difference(*lucky[:2]).winner == 0
    pair = compare(lucky, higher_is_better=False)[0]
    assert pair.spread > 0.5
    assert pair.winner is None


def test_a_wild_lane_elsewhere_takes_nothing_from_the_others(random: np.random.Generator) -> None:
    calm = random.normal(size=(2, 3)) * 0.01 + np.array([[0.1], [0.5]])
    wild = np.vstack([calm, random.normal(size=(2, 3)) * 5 + 30])
    found = compare(wild, higher_is_better=False)[0]
    assert found.spread == pytest.approx(paired_difference(*calm).spread)
    assert found.winner == 0


@pytest.mark.parametrize("effect", [0.6, 1.0, 1.4])
def test_seeds_needed_reach_the_power(effect: float) -> None:
    differences = np.array([effect - 1, effect, effect + 1])
    needed = seeds_needed(paired_difference(differences, np.zeros(3)))
    assert needed is not None
    assert needed.likely is not None

    def power(n: int) -> float:
        critical = stats.t.ppf(1 - ALPHA / 2, n - 1)
        return float(stats.nct.sf(critical, n - 1, effect * math.sqrt(n)))

    assert power(needed.likely) >= 0.8 > power(needed.likely - 1)
    assert needed.cautious is None or needed.cautious > needed.likely


def test_more_seeds_than_the_cap_are_not_counted() -> None:
    needed = seeds_needed(paired_difference([1.1, -0.9, 0.0], [0.0] * 3))
    assert needed == (None, None)
    assert SEEDS_CAP == 100


def test_bands_say_how_many_seeds_are_in_them(random: np.random.Generator) -> None:
    curves = random.normal(size=(4, 5))
    curves[1, 3], curves[2:, 4], curves[:2, 4] = math.inf, NAN, [1.0, NAN]
    found = {kind: band(curves, kind) for kind in ("t", "range", "sd")}
    assert found["t"].seeds.tolist() == [4, 4, 4, 3, 1]
    for k in range(4):
        inside = curves[:, k][np.isfinite(curves[:, k])]
        low, high = stats.t.interval(0.95, len(inside) - 1, inside.mean(), stats.sem(inside))
        assert (found["t"].mean[k], found["t"].low[k], found["t"].high[k]) == pytest.approx((inside.mean(), low, high))
        assert (found["range"].low[k], found["range"].high[k]) == (inside.min(), inside.max())
        assert found["sd"].high[k] - found["sd"].mean[k] == pytest.approx(inside.std(ddof=1))
    assert (found["t"].mean[4], found["range"].low[4]) == (1, 1)
    assert np.isnan([found["t"].low[4], found["sd"].high[4]]).all()


def test_a_point_without_any_seed_is_no_number() -> None:
    found = band([[NAN], [math.inf]], "range")
    assert np.isnan([found.mean[0], found.low[0], found.high[0]]).all()
    with pytest.raises(BadInput, match="t, range, sd"):
        band([[1.0]], "quartile")  # type: ignore[arg-type]


@pytest.mark.parametrize("shape", [(1, 3), (2, 0), (8, 1)])
def test_small_and_empty_races_are_compared_without_a_warning(
    shape: tuple[int, int], recwarn: pytest.WarningsRecorder
) -> None:
    found = compare(np.zeros(shape), higher_is_better=True)
    assert len(found) == len(list(combinations(range(shape[0]), 2)))
    assert not any(pair.winner for pair in found)
    assert not list(recwarn)
