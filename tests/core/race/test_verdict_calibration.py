"""How often races between equal lanes get a verdict, and how often real differences do.

`python -m tests.core.race.test_verdict_calibration` prints the tables of docs/verdict.md.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import ttest_rel

from core.race.judging.statistics import ALPHA, compare

DOCUMENT = Path(__file__).resolve().parents[3] / "docs" / "verdict.md"
RACES = 1000
SHAPES = [(lanes, seeds) for lanes in (2, 3, 4, 8) for seeds in (3, 5, 10)]
Draw = Callable[[np.random.Generator, tuple[int, int, int]], np.ndarray]


def quantised(rows_sd: float) -> Draw:
    """Scores in whole validation rows, each with noise of `rows_sd` rows."""
    return lambda random, shape: np.round(
        random.normal(size=shape) * rows_sd + 20 * random.normal(size=shape[::2])[:, None]
    )


def spread_over_lanes(*sds: float) -> Draw:
    """Equal means; the lanes differ in noise, `sds` repeated as often as needed."""
    return lambda random, shape: random.normal(size=shape) * np.resize(sds, shape[1])[:, None]


def one_skewed(random: np.random.Generator, shape: tuple[int, int, int]) -> np.ndarray:
    """Equal means; the first lane is exponential, the others hardly vary."""
    scores = 0.03 * random.normal(size=shape)
    scores[:, 0] = random.exponential(size=(shape[0], shape[2])) - 1
    return scores


def two_groups(random: np.random.Generator, shape: tuple[int, int, int]) -> np.ndarray:
    """Two groups far apart; equal within."""
    return random.normal(size=shape) + 50 * (np.arange(shape[1]) % 2)[:, None]


EQUAL: dict[str, Draw] = {
    "normal": lambda random, shape: random.normal(size=shape),
    "heavy tails (t, 3 df)": lambda random, shape: random.standard_t(3, size=shape),
    "skewed (log-normal)": lambda random, shape: np.exp(random.normal(size=shape)),
    "skewed (exponential)": lambda random, shape: random.exponential(size=shape),
    "accuracy, noise of half a row": quantised(0.5),
    "accuracy, noise of 1 row": quantised(1),
    "accuracy, noise of 3 rows": quantised(3),
    "collapse by coin toss": lambda random, shape: (random.random(shape) < 0.5) + 0.01 * random.normal(size=shape),
    "1 run in 5 collapses": lambda random, shape: (random.random(shape) < 0.2) + 0.01 * random.normal(size=shape),
    "1 run in 5 diverges": lambda random, shape: np.where(
        random.random(shape) < 0.2, np.nan, random.normal(size=shape)
    ),
    "two equal groups, far apart": two_groups,
}
EQUAL_MEANS: dict[str, Draw] = {
    "noise 1 and 3 by turns": spread_over_lanes(1, 3),
    "noise 1 and 30 by turns": spread_over_lanes(1, 30),
    "noise 1, 3, 10, 30": spread_over_lanes(1, 3, 10, 30),
    "one lane exponential, others still": one_skewed,
}


def resolution_of(name: str) -> float | None:
    return 1.0 if name.startswith("accuracy") else None


def false_verdicts(name: str, draw: Draw, lanes: int, seeds: int, races: int) -> float:
    """Share of races in which any pair of equal lanes was separated."""
    random = np.random.default_rng([lanes, seeds, *name.encode()])
    scores = draw(random, (races, lanes, seeds)) + (0 if "row" in name else 3 * random.normal(size=(races, 1, seeds)))
    groups = "groups" in name
    return float(
        np.mean(
            [
                any(
                    found.winner is not None and not (groups and (found.a + found.b) % 2)
                    for found in compare(race, higher_is_better=True, resolution=resolution_of(name))
                )
                for race in scores
            ]
        )
    )


def found_differences(effect: float, lanes: int, seeds: int, races: int) -> float:
    """Share of the pairs with the best lane that are separated, it being better by `effect` sd of the differences."""
    random = np.random.default_rng([lanes, seeds])
    scores = random.normal(size=(races, lanes, seeds)) / math.sqrt(2)
    scores[:, 0] += effect
    found = [compare(race, higher_is_better=True)[: lanes - 1] for race in scores]
    return float(np.mean([pair.winner == 0 for pairs in found for pair in pairs]))


def tables(races: int) -> str:
    """The tables of docs/verdict.md: false verdicts, then differences found, in percent of `races` each."""
    head = "| lanes × seeds | " + " | ".join(f"{lanes} × {seeds}" for lanes, seeds in SHAPES) + " |"
    rule = "|---|" + "---:|" * len(SHAPES)
    lines = [head, rule]
    for name, draw in (EQUAL | EQUAL_MEANS).items():
        rates = [f"{100 * false_verdicts(name, draw, lanes, seeds, races):.1f}" for lanes, seeds in SHAPES]
        lines.append(f"| {name} | {' | '.join(rates)} |")
    lines += ["", head, rule]
    for effect in (1, 2, 3, 6, 10):
        rates = [f"{100 * found_differences(effect, lanes, seeds, races):.0f}" for lanes, seeds in SHAPES]
        lines.append(f"| {effect} sd | {' | '.join(rates)} |")
    return "\n".join(lines)


def at_most(races: int, rate: float = ALPHA) -> float:
    """The nominal rate and three standard errors of its measurement."""
    return rate + 3 * math.sqrt(rate * (1 - rate) / races)


@pytest.mark.slow
@pytest.mark.parametrize("name", EQUAL)
def test_equal_lanes_are_separated_in_one_race_of_twenty_at_most(name: str) -> None:
    races = 60
    rates = [false_verdicts(name, EQUAL[name], lanes, seeds, races) for lanes, seeds in SHAPES]
    assert max(rates) <= at_most(races)
    assert np.mean(rates) <= at_most(races * len(SHAPES))


@pytest.mark.parametrize(("lanes", "seeds"), SHAPES)
def test_two_hundred_races_of_equal_lanes(lanes: int, seeds: int) -> None:
    races = 200
    assert false_verdicts("normal", EQUAL["normal"], lanes, seeds, races) <= at_most(races)


def test_lanes_of_equal_mean_but_other_noise_are_hardly_ever_separated() -> None:
    races, shapes = 100, [(2, 3), (3, 3), (4, 5), (8, 3)]
    for name in ("noise 1 and 30 by turns", "noise 1, 3, 10, 30"):
        rates = [false_verdicts(name, EQUAL_MEANS[name], lanes, seeds, races) for lanes, seeds in shapes]
        assert np.mean(rates) <= at_most(races * len(shapes))


def test_differences_of_three_standard_deviations_are_found() -> None:
    assert found_differences(3, lanes=2, seeds=5, races=100) > 0.95
    assert found_differences(3, lanes=4, seeds=5, races=100) > 0.9
    assert found_differences(3, lanes=8, seeds=5, races=100) > 0.65
    assert found_differences(10, lanes=4, seeds=3, races=100) > 0.9


def test_the_guard_against_a_spread_that_is_small_by_luck_is_needed() -> None:
    """Plain paired t-tests with Holm's method are fooled by runs that collapse at random."""
    random = np.random.default_rng(3)
    races = EQUAL["collapse by coin toss"](random, (100, 8, 3))
    a, b = np.array(list(combinations(range(8), 2))).T
    plain = ttest_rel(races[:, a], races[:, b], axis=2).pvalue.min(axis=1) * len(a) <= ALPHA
    assert np.mean(plain) > 0.25
    assert (
        np.mean([any(pair.winner is not None for pair in compare(race, higher_is_better=True)) for race in races]) < 0.1
    )


@pytest.mark.slow
def test_the_tables_of_the_document_are_as_measured() -> None:
    document = DOCUMENT.read_text(encoding="utf-8").splitlines()
    assert [line for line in tables(RACES).splitlines() if line not in document] == []


if __name__ == "__main__":
    print(tables(RACES))
