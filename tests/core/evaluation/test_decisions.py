"""Thresholds, prior correction and averages: held to scikit-learn, hand computations and Bayes' rule."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn import metrics

from core.data.base import Prepared
from core.errors import BadInput
from core.evaluation.predictions import Predictions, softmax
from core.evaluation.priors import shares_seen, without_priors
from core.evaluation.thresholds import CHOSEN_BY, best_threshold, decide, halves
from core.evaluation.together import average, same_rows
from core.recipe.codec import parse_recipe, with_changes
from core.recipe.data import load_data


def rare(n: int = 4000, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Scores that are true probabilities of a class with about 4 rows in 100, and whether each row is of it."""
    random = np.random.default_rng(seed)
    scores = 1 / (1 + np.exp(-random.normal(-5, 2.2, n)))
    return scores, random.random(n) < scores


def test_a_decision_agrees_with_scikit_learn() -> None:
    scores, positive = rare()
    named = scores >= 0.2
    found = decide(named, positive)
    np.testing.assert_array_equal(found.confusion, metrics.confusion_matrix(positive, named))
    assert found.precision == pytest.approx(metrics.precision_score(positive, named))
    assert found.recall == pytest.approx(metrics.recall_score(positive, named))
    assert found.f1 == pytest.approx(metrics.f1_score(positive, named))
    assert found.balanced_accuracy == pytest.approx(metrics.balanced_accuracy_score(positive, named))
    assert found.accuracy == pytest.approx(metrics.accuracy_score(positive, named))


def test_nobody_named_has_no_precision() -> None:
    assert np.isnan(decide(np.zeros(4, bool), np.array([True, False, False, False])).precision)


@pytest.mark.parametrize("by", CHOSEN_BY)
@pytest.mark.parametrize("digits", [1, 12])
def test_the_best_threshold_is_that_of_an_exhaustive_search(by: str, digits: int) -> None:
    scores, positive = rare(600)
    scores = scores.round(digits)  # with one digit many scores are equal
    found = best_threshold(scores, positive, by)
    assert found is not None
    levels = np.unique(scores)
    every = [getattr(decide(scores >= t, positive), by) for t in levels]
    assert getattr(decide(scores >= found, positive), by) == pytest.approx(np.nanmax(every))
    assert found not in levels or found == 0


def test_true_probabilities_want_the_share_of_the_class_for_balanced_accuracy_and_half_the_best_f1_for_f1() -> None:
    scores, positive = rare(400_000)
    balanced = best_threshold(scores, positive, "balanced_accuracy")
    assert balanced == pytest.approx(positive.mean(), rel=0.25)
    f1 = best_threshold(scores, positive, "f1")
    assert f1 is not None
    assert f1 == pytest.approx(decide(scores >= f1, positive).f1 / 2, rel=0.1)  # Lipton, Elkan and Naryanaswamy 2014


def test_too_few_rows_choose_nothing() -> None:
    assert best_threshold(np.array([0.1, 0.9, 0.3]), np.array([True, False, False]), "f1") is None


def test_the_halves_share_no_row_and_split_every_class() -> None:
    targets = np.repeat([0, 1, 2], [401, 30, 1])
    first = halves(targets, seed=3)
    assert np.array_equal(first, halves(targets, seed=3))
    for label, rows in ((0, 401), (1, 30)):
        assert abs(first[targets == label].sum() - rows / 2) <= 0.5


def test_choosing_and_judging_on_the_same_rows_flatters() -> None:
    flattered, honest = [], []
    for seed in range(60):
        scores, positive = rare(400, seed)
        half = halves(positive.astype(int), seed)
        t = best_threshold(scores[half], positive[half], "f1")
        if t is not None:
            flattered.append(decide(scores[half] >= t, positive[half]).f1)
            honest.append(decide(scores[~half] >= t, positive[~half]).f1)
    assert np.mean(flattered) > np.mean(honest) + 0.03


def test_taking_the_priors_out_is_bayes_rule() -> None:
    """Rows of two normal classes: the posterior under shares 0.9 and 0.1, corrected, is that under equal shares."""
    x = np.linspace(-4, 6, 50)
    densities = np.stack([np.exp(-(x**2) / 2), np.exp(-((x - 2) ** 2) / 2)], axis=1)
    shares = np.array([0.9, 0.1])
    posterior, equal = (d / d.sum(1, keepdims=True) for d in (densities * shares, densities))
    np.testing.assert_allclose(without_priors(posterior, shares), equal)
    adjusted = softmax(np.log(posterior) - np.log(shares))
    np.testing.assert_allclose(without_priors(posterior, shares), adjusted)
    np.testing.assert_allclose(without_priors(posterior, np.array([0.5, 0.5])), posterior)
    np.testing.assert_allclose(without_priors(posterior, np.array([1.0, 0.0])), posterior)


def test_the_shares_seen_are_those_that_training_drew() -> None:
    def seen(balance: str) -> np.ndarray:
        recipe = parse_recipe({"data": {"key": "credit_default", "limit": 2000}, "balance": {"key": balance}})
        data: Prepared = load_data(recipe)
        return shares_seen(data, balance)

    assert seen("none")[1] == pytest.approx(0.0333, abs=0.002)
    for balance in ("oversample", "balanced_batches"):
        np.testing.assert_allclose(seen(balance), [0.5, 0.5])


def test_an_average_is_that_of_the_probabilities() -> None:
    random = np.random.default_rng(0)
    targets = random.integers(0, 3, 40)
    found = [Predictions(random.normal(size=(40, 3)), targets, ("a", "b", "c")) for _ in range(3)]
    together = average(found)
    np.testing.assert_allclose(together.scores, np.mean([one.scores for one in found], axis=0))
    cost = lambda one: -np.log(one.scores[np.arange(40), targets]).mean()  # noqa: E731
    assert cost(together) < np.mean([cost(one) for one in found]), "Jensen's inequality"
    numbers = [Predictions(random.normal(size=(5, 1)), np.arange(5.0)) for _ in range(2)]
    np.testing.assert_allclose(average(numbers).outputs, (numbers[0].outputs + numbers[1].outputs) / 2)


def test_an_average_of_other_rows_is_refused() -> None:
    one = Predictions(np.zeros((3, 2)), np.array([0, 1, 1]), ("a", "b"))
    other = Predictions(np.zeros((3, 2)), np.array([0, 1, 0]), ("a", "b"))
    with pytest.raises(BadInput, match="different rows"):
        average([one, other])
    with pytest.raises(BadInput, match="two runs"):
        average([one])


def test_data_and_seed_decide_the_validation_rows() -> None:
    recipe = parse_recipe({"data": {"key": "iris"}})
    assert same_rows(recipe, with_changes(recipe, {"balance.key": "smote", "optim.lr": 0.1}))
    assert not same_rows(recipe, with_changes(recipe, {"seed": 1}))
    assert not same_rows(recipe, with_changes(recipe, {"data.limit": 100}))
