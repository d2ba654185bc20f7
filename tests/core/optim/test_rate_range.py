"""The range test is read as a person would read its curve, and says when there is nothing to read."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest

from core.optim.rate_range import RangeTest, moving_average, read_range

LRS = np.geomspace(1e-5, 10, 150)


def curve(noise: float = 0.02, seed: int = 0, edge: float = 1.5, floor: float = 0.5) -> list[float]:
    """A loss of 2.3 that falls around lr 0.01 to `floor`, rises again and ends at `edge`."""
    random = np.random.default_rng(seed)
    fall = (2.3 - floor) / (1 + np.exp(-3 * (np.log(LRS) - math.log(0.01))))
    loss = 2.3 - fall + np.maximum(np.log(LRS / 0.3), 0) ** 2 + noise * random.standard_normal(len(LRS))
    return [float(value) for value, lr in zip(loss, LRS, strict=True) if lr < edge]


def test_moving_average_is_the_weighted_mean_of_what_was_seen() -> None:
    losses = [3.0, 1.0, 4.0, 1.5]
    found = moving_average(losses, 0.9)
    for position in range(len(losses)):
        weights = 0.9 ** np.arange(position, -1, -1)
        assert found[position] == pytest.approx(np.average(losses[: position + 1], weights=weights))


def test_a_clear_curve_is_read() -> None:
    found = read_range(LRS, [curve(seed=seed) for seed in range(3)])
    assert found.falls_from
    assert found.steepest
    assert found.lowest
    assert found.edge
    assert found.suggestion
    assert 1e-3 < found.falls_from < found.steepest < found.lowest < found.edge
    assert 0.005 < found.steepest < 0.04  # the moving average lags by a few steps
    assert found.edge == pytest.approx(1.5, rel=0.1)
    assert found.steepest / 2.5 < found.suggestion < found.steepest / 1.6
    for place in (found.falls_from, found.steepest, found.lowest, found.edge, found.suggestion):
        assert f"{place:.2g}" in found.reason


def test_the_first_seed_to_diverge_ends_the_curve() -> None:
    found = read_range(LRS, [curve(edge=9e9), curve(seed=1, edge=0.6)])
    assert found.edge == pytest.approx(0.6, rel=0.1)
    assert len(found.smoothed) == len(curve(edge=0.6))
    assert found.losses[1][-1] is None
    assert found.losses[0][-1] is not None


def test_a_curve_without_divergence_says_so() -> None:
    found = read_range(LRS, [curve(edge=9e9)])
    assert found.edge is None
    assert "does not diverge up to 10" in found.reason


@pytest.mark.parametrize("seed", range(20))
def test_noise_is_no_fall(seed: int) -> None:
    random = np.random.default_rng(seed)
    found = read_range(LRS, [list(2.3 + 0.3 * random.standard_normal(len(LRS))) for _ in range(3)])
    assert found.suggestion is None
    assert found.reason.startswith("No suggestion")


def test_a_flat_loss_gives_no_suggestion() -> None:
    found = read_range(LRS, [[2.3] * len(LRS)])
    assert found.suggestion is None
    assert "fall clearly" in found.reason


@pytest.mark.parametrize("steps", [0, 1, 19])
def test_a_start_that_diverges_is_told_as_something_else(steps: int) -> None:
    found = read_range(LRS, [[2.3] * steps])
    assert found.suggestion is None
    assert "Something else" in found.reason


def test_the_document_reads_back() -> None:
    found = read_range(LRS, [curve(), curve(seed=1, edge=0.5)])
    assert RangeTest(**json.loads(json.dumps(found.document()))) == found
