"""How often races between equal lanes get a verdict, and how often real differences do.

`python tests/core/race/test_verdict_calibration.py [RACES]` prints the tables of docs/verdict.md.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable

import numpy as np

from core.race.statistics import compare

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
    head = "| " + " | ".join(["", *(f"{lanes} lanes, {seeds} seeds" for lanes, seeds in SHAPES)]) + " |"
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


if __name__ == "__main__":
    print(tables(int(sys.argv[1]) if len(sys.argv) > 1 else 1000))
