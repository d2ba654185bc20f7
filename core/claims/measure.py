"""Put a claim to the test: tune what is to be tuned, train every arm with every seed, note the numbers."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from core.claims.base import ClaimSpec, Number, Tuning
from core.errors import BadInput
from core.experiments.arms import Arm, Table, run_arms
from core.race.judging.statistics import MINIMUM_SEEDS

Progress = Callable[[int, int, str], None]


@dataclass(frozen=True)
class Measured:
    """The numbers behind a claim.

    `values` by number and arm are one per seed, None where the training diverged or never reached the goal.
    `resolutions` holds the smallest step of each number, None where it has none. `tuned` says of each tuned arm what it
    took and the mean score of all it tried (None where a seed was lost). `steps` taken and `diverged` seeds are by arm.
    """

    claim: str
    fingerprint: str
    seeds: tuple[int, ...]
    values: Mapping[str, Mapping[str, tuple[float | None, ...]]]
    resolutions: Mapping[str, float | None]
    tuned: Mapping[str, Mapping[str, Any]]
    steps: Mapping[str, int]
    diverged: Mapping[str, int]
    cpu_seconds: float

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> Measured:
        """Read what `dataclasses.asdict` wrote and JSON kept."""
        values = {number: {arm: tuple(row) for arm, row in rows.items()} for number, rows in document["values"].items()}
        return cls(**{**document, "values": values, "seeds": tuple(document["seeds"])})


def measure(
    claim: ClaimSpec,
    *,
    seeds: int | None = None,
    cache: Path | None = None,
    progress: Progress = lambda done, total, label: None,
    should_stop: Callable[[], bool] = lambda: False,
) -> Measured:
    """Train all that `claim` needs, with its own number of seeds or `seeds`, in this process on one thread.

    `cache` and `progress` are as core.experiments.arms.run_arms takes them.

    Raises:
        BadInput: when it can't be run here, or with fewer than 3 seeds.
        Cancelled: when `should_stop()` says so.
    """
    if claim.not_run:
        raise BadInput(f"The claim {claim.key} can't be run here: {claim.not_run}")
    count = claim.seeds if seeds is None else seeds
    if count < MINIMUM_SEEDS:
        raise BadInput(f"{count} seeds can't settle a claim; give at least {MINIMUM_SEEDS}.")
    bench = _Bench(claim, count, cache, progress, should_stop)
    arms, tuned = [], {}
    for arm in claim.arms:
        if claim.tuning and arm.key in claim.tuning.grids:
            arm, tuned[arm.key] = _tune(bench, arm, claim.tuning)
        arms.append(arm)
    table = bench.run(arms, range(count))
    first = [table.outcomes[arm.key][0] for arm in arms]
    return Measured(
        claim=claim.key,
        fingerprint=claim.fingerprint(),
        seeds=table.seeds,
        values={n.key: {arm.key: _kept(table.values(arm.key, n.of)) for arm in arms} for n in claim.numbers},
        resolutions={number.key: number.resolution(first, claim.evaluate_every) for number in claim.numbers},
        tuned=tuned,
        steps={key: max(one.steps for one in outcomes) for key, outcomes in table.outcomes.items()},
        diverged={key: sum(one.diverged for one in outcomes) for key, outcomes in table.outcomes.items()},
        cpu_seconds=round(bench.cpu_seconds, 1),
    )


class _Bench:
    """Runs a claim's arms, counting over all of its trainings."""

    def __init__(
        self, claim: ClaimSpec, seeds: int, cache: Path | None, progress: Progress, should_stop: Callable[[], bool]
    ) -> None:
        self.cpu_seconds = 0.0
        self._claim, self._cache, self._progress, self._should_stop = claim, cache, progress, should_stop
        tuning = claim.tuning
        self._total = seeds * len(claim.arms)
        self._total += len(tuning.seeds) * sum(map(len, tuning.grids.values())) if tuning else 0
        self._done = 0

    def run(self, arms: Sequence[Arm], seeds: Sequence[int]) -> Table:
        """Their outcomes."""
        begun = self._done

        def progress(done: int, total: int, label: str) -> None:
            self._done = begun + done
            self._progress(self._done, self._total, label)

        table = run_arms(
            self._claim.base,
            arms,
            seeds,
            cache=self._cache,
            evaluate_every=self._claim.evaluate_every,
            progress=progress,
            should_stop=self._should_stop,
        )
        self.cpu_seconds += sum(one.seconds for outcomes in table.outcomes.values() for one in outcomes)
        return table


def _tune(bench: _Bench, arm: Arm, tuning: Tuning) -> tuple[Arm, dict[str, Any]]:
    """The arm with the best of its grid, and what was tried: the fewest lost seeds first, then the best mean."""
    grid = tuning.grids[arm.key]
    variants = [
        replace(arm, key=f"{value:g}", label=f"{arm.label}, {tuning.setting} {value:g}").with_changes(
            {tuning.setting: value}
        )
        for value in grid
    ]
    table = bench.run(variants, tuning.seeds)
    scores = [_score(table.values(variant.key, tuning.number.of), tuning.number) for variant in variants]
    best = min(range(len(grid)), key=lambda i: scores[i])
    tried = [[value, None if lost else abs(mean)] for value, (lost, mean) in zip(grid, scores, strict=True)]
    return arm.with_changes({tuning.setting: grid[best]}), {
        "setting": tuning.setting,
        "taken": grid[best],
        "tried": tried,
    }


def _score(values: np.ndarray, number: Number) -> tuple[int, float]:
    """(seeds lost, their mean with the sign that makes less better)."""
    finite = values[np.isfinite(values)]
    mean = float(finite.mean()) if finite.size else math.inf
    return len(values) - finite.size, mean if number.falls else -mean


def _kept(values: Iterable[float]) -> tuple[float | None, ...]:
    """None for what JSON can't hold."""
    return tuple(float(value) if math.isfinite(value) else None for value in values)
