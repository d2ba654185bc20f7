"""Errors of a model: every figure agrees with scikit-learn or a hand computation, on odd cases too."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn import metrics

from core.data.base import Prepared
from core.errors import BadInput
from core.evaluation.calibration import calibration
from core.evaluation.confusion import class_scores, confusion_matrix, worst_confusions
from core.evaluation.predictions import Predictions, most_wrong
from core.evaluation.ranking import macro, one_vs_rest, precision_recall, roc
from core.evaluation.residuals import residuals

NAMES = ("a", "b", "c", "d")


@pytest.fixture
def found() -> Predictions:
    """Three classes that are mixed up at times, a fourth that never occurs."""
    random = np.random.default_rng(0)
    targets = random.integers(0, 3, 300)
    outputs = random.normal(size=(300, 4)) + 1.5 * np.eye(4)[targets]
    outputs[:, 3] -= 20
    return Predictions(outputs.round(1), targets, NAMES)  # rounded: equal scores occur


def test_confusion_and_scores_are_scikit_learns(found: Predictions) -> None:
    matrix = confusion_matrix(found.targets, found.named, 4)
    np.testing.assert_array_equal(matrix, metrics.confusion_matrix(found.targets, found.named, labels=range(4)))
    scores = class_scores(matrix)
    precision, recall, f1, support = metrics.precision_recall_fscore_support(
        found.targets, found.named, labels=range(3)
    )
    np.testing.assert_allclose(scores.precision[:3], precision)
    np.testing.assert_allclose(scores.recall[:3], recall)
    np.testing.assert_allclose(scores.f1[:3], f1)
    np.testing.assert_array_equal(scores.support[:3], support)
    assert np.isnan([scores.precision[3], scores.recall[3], scores.f1[3]]).all()
    assert scores.macro_f1 == pytest.approx(f1.mean())


def test_a_class_never_named_has_no_precision_but_an_f1_of_0() -> None:
    scores = class_scores(np.array([[5, 0], [2, 0]]))
    assert np.isnan(scores.precision[1])
    assert (scores.recall[1], scores.f1[1]) == (0, 0)


def test_the_worst_confusions_come_first() -> None:
    matrix = np.array([[9, 1, 0], [4, 9, 0], [0, 2, 9]])
    assert worst_confusions(matrix, 2) == [(1, 0, 4), (2, 1, 2)]
    assert len(worst_confusions(matrix, 10)) == 3


def test_roc_and_precision_recall_are_scikit_learns(found: Predictions) -> None:
    for label in range(3):
        positive, scores = found.targets == label, found.scores[:, label]
        ours, theirs = roc(scores, positive), metrics.roc_curve(positive, scores, drop_intermediate=False)
        assert ours is not None
        np.testing.assert_allclose(ours.x, theirs[0])
        np.testing.assert_allclose(ours.y, theirs[1])
        assert ours.area == pytest.approx(metrics.roc_auc_score(positive, scores))
        curve = precision_recall(scores, positive)
        assert curve is not None
        assert curve.area == pytest.approx(metrics.average_precision_score(positive, scores))
        precision, recall, _ = metrics.precision_recall_curve(positive, scores)
        np.testing.assert_allclose(curve.x, recall[::-1])
        np.testing.assert_allclose(curve.y[1:], precision[-2::-1])
    curves = one_vs_rest(found.scores, found.targets, "roc")
    assert curves[3] is None
    mean = macro(curves, "roc")
    assert mean is not None
    known = [metrics.roc_auc_score(found.targets == c, found.scores[:, c]) for c in range(3)]
    assert mean.area == pytest.approx(np.mean(known))
    assert np.trapezoid(mean.y, mean.x) == pytest.approx(mean.area, abs=0.01)


def test_precision_recall_points_by_hand() -> None:
    curve = precision_recall(np.array([0.9, 0.8, 0.8, 0.1]), np.array([True, False, True, False]))
    assert curve is not None
    np.testing.assert_allclose(curve.x, [0, 0.5, 1, 1])
    np.testing.assert_allclose(curve.y, [1, 1, 2 / 3, 0.5])
    assert curve.area == pytest.approx(0.5 * 1 + 0.5 * 2 / 3)


def test_curves_that_can_not_be_drawn_are_none() -> None:
    assert roc(np.ones(3), np.ones(3, bool)) is None
    assert precision_recall(np.ones(3), np.zeros(3, bool)) is None
    assert macro([None, None], "roc") is None


def test_a_perfectly_calibrated_model_shows_the_error_of_chance() -> None:
    random = np.random.default_rng(1)
    sure = random.uniform(0.5, 1, 400)
    probabilities = np.stack([sure, 1 - sure], axis=1)
    targets = (random.random(400) > sure).astype(int)
    fair = calibration(probabilities, targets)
    assert fair.error > 0.01, "biased upward"
    assert fair.by_chance / 2 < fair.error <= fair.by_chance_high * 1.2
    boast = calibration(np.stack([sure**0.2, 1 - sure**0.2], axis=1), targets)
    assert boast.error > 3 * boast.by_chance_high
    assert boast.overconfident
    assert fair.rows.sum() == 400
    assert np.isnan(fair.right[:4]).all()


def test_the_calibration_error_by_hand() -> None:
    probabilities = np.array([[0.95, 0.05], [0.95, 0.05], [0.65, 0.35], [0.35, 0.65]])
    found = calibration(probabilities, np.array([0, 1, 0, 0]))
    assert found.error == pytest.approx((abs(1 - 1.9) + abs(1 - 1.3)) / 4)
    assert found.rows.tolist() == [0, 0, 0, 0, 0, 0, 2, 0, 0, 2]


def test_the_most_wrong_come_first(found: Predictions) -> None:
    rows = most_wrong(found)
    assert len(rows) == (found.named != found.targets).sum()
    own = found.scores[rows, found.targets[rows]]
    assert (np.diff(own) >= 0).all()
    numbers = Predictions(np.array([[1.0], [5], [3]]), np.array([1.5, 2, 3]))
    assert most_wrong(numbers).tolist() == [1, 0, 2]


def test_residuals_are_scikit_learns() -> None:
    random = np.random.default_rng(2)
    targets = random.normal(3, 2, 50)
    outputs = targets + random.normal(0.5, 1, 50)
    found = residuals(Predictions(outputs[:, None], targets))
    assert found.mae == pytest.approx(metrics.mean_absolute_error(targets, outputs))
    assert found.rmse == pytest.approx(metrics.root_mean_squared_error(targets, outputs))
    assert found.r2 == pytest.approx(metrics.r2_score(targets, outputs))
    assert abs(found.bias - 0.5) < 3 * found.bias_error
    assert np.isnan(residuals(Predictions(np.ones((1, 1)), np.ones(1))).r2)


def prepared(task: str) -> Prepared:
    y = np.array([0, 1, 1], np.int64) if task == "classification" else np.array([-1, 0, 1], np.float32)
    x = np.zeros((3, 2), np.float32)
    names = ("no", "yes") if task == "classification" else ()
    return Prepared("k", "tabular", task, x, y, x, y, names, (), "t", (), np.zeros(1), np.ones(1), y_mean=10, y_std=2)


def test_outputs_come_back_in_the_targets_units() -> None:
    numbers = Predictions.on_validation(np.array([[-1.0], [0], [2]], np.float32), prepared("regression"))
    np.testing.assert_allclose(numbers.targets, [8, 10, 12])
    np.testing.assert_allclose(numbers.outputs[:, 0], [8, 10, 14])
    classes = Predictions.on_validation(np.zeros((3, 2), np.float32), prepared("classification"))
    np.testing.assert_allclose(classes.scores, 0.5)


def test_outputs_that_do_not_fit_are_explained() -> None:
    with pytest.raises(BadInput, match="data have changed"):
        Predictions.on_validation(np.zeros((4, 2)), prepared("classification"))
    with pytest.raises(BadInput, match="2 of 3 rows"):
        Predictions.on_validation(np.array([[0, 1], [np.nan, 0], [np.inf, 0]]), prepared("classification"))
