"""Our Shapley values: the axioms, brute force, shap's Exact, honest standard errors, and backgrounds whose weights count."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable

import numpy as np
import pytest

from core.errors import BadInput
from core.explain.baselines import Background, kmeans_background
from core.explain.shapley.values import ShapleyValues, shapley_values

Predict = Callable[[np.ndarray], np.ndarray]


def network(features: int, outputs: int = 3, seed: int = 0) -> Predict:
    """A small network with interactions, as a plain function."""
    random = np.random.default_rng(seed)
    first, last = random.normal(size=(features, 24)) / math.sqrt(features), random.normal(size=(24, outputs))

    def predict(rows: np.ndarray) -> np.ndarray:
        return np.tanh(2 * rows @ first + 0.3) @ last

    return predict


def against(rows: np.ndarray, weights: np.ndarray | None = None) -> Background:
    return Background(rows, "rows", weights)


def draw(n: int, features: int, seed: int = 1) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(n, features))


def by_definition(predict: Predict, x: np.ndarray, target: int, background: Background) -> np.ndarray:
    """Shapley's sum over all orders, for one sample (features,)."""
    features = len(x)

    def value(members: tuple[int, ...]) -> float:
        rows = background.rows.copy()
        rows[:, list(members)] = x[list(members)]
        return float(background.shares @ predict(rows)[:, target])

    found = np.zeros(features)
    for order in itertools.permutations(range(features)):
        for place, feature in enumerate(order):
            found[feature] += value(order[: place + 1]) - value(order[:place])
    return found / math.factorial(features)


@pytest.fixture
def background() -> Background:
    return against(draw(7, 5, seed=2), np.array([1.0, 2, 3, 4, 0, 1, 1]))


def test_exact_values_are_those_of_the_definition(background: Background) -> None:
    predict, x, targets = network(5), draw(3, 5), np.array([0, 2, 1])
    found = shapley_values(predict, x, targets, background)
    assert found.exact
    for row, target, values in zip(x, targets, found.values, strict=True):
        np.testing.assert_allclose(values, by_definition(predict, row, int(target), background), atol=1e-10)


def test_exact_values_do_not_depend_on_the_batches(background: Background, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = shapley_values(network(5), draw(3, 5), 1, background)
    monkeypatch.setattr("core.explain.shapley.exact.BATCH_ROWS", 20)
    np.testing.assert_allclose(shapley_values(network(5), draw(3, 5), 1, background).values, whole.values)


def test_permutations_come_close_to_exact_and_know_how_close() -> None:
    predict, x, background = network(9), draw(15, 9), against(draw(20, 9, seed=3))
    exact = shapley_values(predict, x, 0, background, exact=True)
    few, many = (shapley_values(predict, x, 0, background, exact=False, pairs=pairs) for pairs in (2, 18))
    error = [np.sqrt(np.mean((found.values - exact.values) ** 2)) for found in (few, many)]
    told = [np.sqrt(np.mean(found.standard_errors**2)) for found in (few, many)]
    assert error[0] < 0.1 * np.sqrt(np.mean(exact.values**2))
    assert 2.2 < error[0] / error[1] < 4  # 9 times the pairs: a third of the error
    assert 0.8 < told[0] / error[0] < 1.2
    assert 0.8 < told[1] / error[1] < 1.2


@pytest.mark.parametrize("exact", [True, False])
def test_axioms(exact: bool) -> None:
    """Efficiency, dummy, symmetry and linearity (Shapley 1953)."""
    game, other = network(6, seed=4), network(6, seed=5)

    def without(rows: np.ndarray) -> np.ndarray:
        """Feature 3 does nothing, and features 0 and 1 do the same."""
        rows = rows.copy()
        rows[:, 3] = 0
        rows[:, 0] = rows[:, 1] = rows[:, 0] + rows[:, 1]
        return game(rows)

    x, rows = draw(8, 6), draw(12, 6, seed=6)
    x[:, 1], rows[:, 1] = x[:, 0], rows[:, 0]
    background = against(rows, np.arange(1.0, 13))

    def explain(predict: Predict) -> ShapleyValues:
        return shapley_values(predict, x, 2, background, exact=exact, pairs=4, seed=7)

    found = explain(without)
    assert found.gaps.max() < 1e-12
    np.testing.assert_allclose(found.outputs - found.base, found.values.sum(axis=1))
    np.testing.assert_allclose(found.base, background.shares @ without(background.rows)[:, 2])
    assert np.abs(found.values[:, 3]).max() < 1e-12
    apart = np.abs(found.values[:, 0] - found.values[:, 1])
    assert (apart <= 5 * np.hypot(found.standard_errors[:, 0], found.standard_errors[:, 1]) + 1e-12).all()
    both = explain(lambda rows: 2 * game(rows) + other(rows))
    np.testing.assert_allclose(both.values, 2 * explain(game).values + explain(other).values, atol=1e-10)


def test_same_seed_same_values_whatever_the_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    predict, x, background = network(14), draw(5, 14), against(draw(9, 14, seed=3))
    first = shapley_values(predict, x, 0, background, seed=1)
    assert not first.exact
    assert not np.array_equal(first.values, shapley_values(predict, x, 0, background, seed=2).values)
    monkeypatch.setattr("core.explain.shapley.permutation.BATCH_ROWS", 200)
    np.testing.assert_allclose(shapley_values(predict, x, 0, background, seed=1).values, first.values)


def test_one_feature_gets_all_there_is() -> None:
    background = against(draw(4, 1))
    for exact in (True, False):
        found = shapley_values(network(1), draw(3, 1, seed=9), 0, background, exact=exact)
        np.testing.assert_allclose(found.values[:, 0], found.outputs - found.base)


def test_progress_is_told_and_can_end_the_work() -> None:
    told: list[float] = []
    background = against(draw(50, 20))
    shapley_values(network(20), draw(10, 20), 0, background, progress=told.append)
    assert told == sorted(told)
    assert told[-1] == 1.0
    assert len(told) > 1

    def stop(share: float) -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        shapley_values(network(20), draw(10, 20), 0, background, progress=stop)


def test_a_weight_is_worth_as_much_as_copies_of_the_row() -> None:
    rows, copies = draw(4, 5), np.array([3, 1, 2, 1])
    weighted = against(rows, copies)
    repeated = against(np.repeat(rows, copies, axis=0))
    values = [shapley_values(network(5), draw(3, 5, seed=8), 0, b).values for b in (weighted, repeated)]
    np.testing.assert_allclose(*values, atol=1e-12)


def test_kmeans_without_its_weights_would_lie() -> None:
    random = np.random.default_rng(0)
    rows = np.concatenate([random.normal(0, 0.3, (150, 6)), random.normal(4, 0.3, (3, 6))])
    predict, x = network(6), draw(4, 6)
    full = shapley_values(predict, x, 0, against(rows)).values
    centres = kmeans_background(rows, 12)
    assert centres.shares.sum() == pytest.approx(1)
    np.testing.assert_allclose(centres.mean, rows.mean(axis=0), atol=1e-6)

    def error(background: Background) -> float:
        found = shapley_values(predict, x, 0, background).values
        return float(np.abs(found - full).sum() / np.abs(full).sum())

    assert error(centres) < 0.05
    assert error(against(centres.rows)) > 3 * error(centres)


def test_kmeans_heeds_the_weights_of_the_rows_too() -> None:
    rows, weights = draw(60, 4), np.linspace(0, 5, 60)
    found = kmeans_background(rows, 8, weights=weights)
    assert len(found.rows) == 8
    np.testing.assert_allclose(found.mean, weights @ rows / weights.sum(), atol=1e-6)
    assert len(kmeans_background(rows[:5], 8).rows) == 5


def test_faults_are_sentences(background: Background) -> None:
    with pytest.raises(BadInput, match="at least 2"):
        shapley_values(network(5), draw(3, 5), 0, background, pairs=1)
    with pytest.raises(BadInput, match="same features"):
        shapley_values(network(6), draw(3, 6), 0, background)
    for rows, weights in ((draw(0, 3), None), (draw(2, 3), np.zeros(2)), (draw(2, 3), np.ones(3))):
        with pytest.raises(BadInput, match="background"):
            against(rows, weights)
    with pytest.raises(BadInput, match="at least 1"):
        kmeans_background(draw(5, 3), 0)


@pytest.mark.parametrize("exact", [True, pytest.param(False, id="permutations")])
def test_agrees_with_shap(exact: bool) -> None:
    """Ten features: our values against shap's Kernel with every coalition, which needs no compilation."""
    import shap

    predict, x, rows = network(10, outputs=1), draw(4, 10), draw(20, 10, seed=3)
    kernel = shap.KernelExplainer(lambda z: predict(z)[:, 0], rows)
    theirs = kernel.shap_values(x, nsamples=2**10, l1_reg=0, silent=True)
    ours = shapley_values(predict, x, 0, against(rows), exact=exact, pairs=64)
    assert np.abs(ours.values - theirs).sum() / np.abs(theirs).sum() < (1e-6 if exact else 0.03)


@pytest.mark.slow
def test_agrees_with_shaps_exact() -> None:
    import shap

    predict, x, rows = network(10, outputs=1), draw(4, 10), draw(20, 10, seed=3)
    theirs = shap.ExactExplainer(lambda z: predict(z)[:, 0], shap.maskers.Independent(rows))(x).values
    ours = shapley_values(predict, x, 0, against(rows)).values
    np.testing.assert_allclose(ours, theirs, atol=1e-9)
