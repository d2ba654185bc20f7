"""Every metric agrees with torchmetrics and scikit-learn: on random rows, ties, absent classes and classes never named."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from sklearn import metrics

from core.evaluation.confusion import class_scores, confusion_matrix
from core.evaluation.metrics.catalogue import METRICS
from core.evaluation.metrics.measure import measure
from core.evaluation.predictions import Predictions, softmax

NAMES = ("a", "b", "c", "d")
CASES = ("even", "rare", "ties", "absent", "never named", "absent but named", "two classes", "one row each")
CLASSES = [key for key, spec in METRICS.items() if spec.task == "classification"]
NUMBERS = [key for key, spec in METRICS.items() if spec.task == "regression"]


def case(name: str) -> tuple[np.ndarray, np.ndarray]:
    """Probabilities (n, classes) and targets (n,) of a case."""
    random = np.random.default_rng(CASES.index(name))
    count, n = 2 if name == "two classes" else 4, 4 if name == "one row each" else 300
    shares = [0.9, 0.06, 0.03, 0.01] if name == "rare" else np.full(count, 1 / count)
    targets = random.choice(count, n, p=shares)
    if name == "one row each":
        targets = np.arange(4)
    if name.startswith("absent"):
        targets[targets == 3] = 0
    logits = random.normal(size=(n, count)) + 1.2 * np.eye(count)[targets]
    if name == "never named":
        logits[:, 3] = logits.min() - 1
    if name == "absent":
        logits[:, 3] -= 20
    if name == "ties":
        logits = logits.round()
    return softmax(logits), targets


def score(key: str, name: str, **params: Any) -> Any:
    spec = METRICS[key]
    found = spec.load()(*case(name), **params)
    assert (found.by_class is not None) == spec.per_class
    return found


def theirs(key: str, name: str, average: str = "macro") -> float:
    """What scikit-learn finds."""
    probabilities, y = case(name)
    named, labels, count = probabilities.argmax(1), np.unique(y), probabilities.shape[1]
    hot = np.eye(count)[y]
    known = [c for c in range(count) if c in labels]
    counted = sorted({*labels, *named})

    def areas(find: Callable[..., float]) -> float:
        weights = hot[:, known].sum(0) if average == "weighted" else None
        return float(np.average([find(y == c, probabilities[:, c]) for c in known], weights=weights))

    def of_classes(place: int) -> float:
        found = metrics.precision_recall_fscore_support(y, named, labels=counted, average=average, zero_division=0)
        return float(found[place])

    return {
        "accuracy": lambda: metrics.accuracy_score(y, named),
        "balanced_accuracy": lambda: float(
            np.mean(metrics.recall_score(y, named, labels=known, average=None, zero_division=0))
        ),
        "precision": lambda: of_classes(0),
        "recall": lambda: of_classes(1),
        "f1": lambda: of_classes(2),
        "roc_auc": lambda: areas(metrics.roc_auc_score),
        "average_precision": lambda: areas(metrics.average_precision_score),
        "matthews": lambda: metrics.matthews_corrcoef(y, named),
        "kappa": lambda: metrics.cohen_kappa_score(y, named),
        "log_loss": lambda: metrics.log_loss(y, probabilities, labels=range(count)),
        "brier": lambda: ((probabilities - hot) ** 2).sum(1).mean(),
    }[key]()


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("key", [key for key in CLASSES if key != "calibration_error"])
def test_a_classification_agrees_with_scikit_learn(key: str, name: str) -> None:
    assert score(key, name).value == pytest.approx(theirs(key, name))
    for average in next((param.choices for param in METRICS[key].params if param.name == "average"), ()):
        assert score(key, name, average=average).value == pytest.approx(theirs(key, name, average)), average


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:No positive samples")
@pytest.mark.parametrize("name", CASES)
def test_a_classification_agrees_with_torchmetrics(name: str) -> None:
    import torch
    from torchmetrics.functional import classification as reference

    probabilities, y = case(name)
    count = probabilities.shape[1]
    given = torch.from_numpy(probabilities), torch.from_numpy(y), count
    present = np.bincount(y, minlength=count) > 0
    pairs: dict[str, Callable[..., torch.Tensor]] = {
        "accuracy": lambda *a, average: reference.multiclass_accuracy(*a, average="micro"),
        "precision": reference.multiclass_precision,
        "recall": reference.multiclass_recall,
        "f1": reference.multiclass_f1_score,
        "matthews": lambda *a, average: reference.multiclass_matthews_corrcoef(*a),
        "kappa": lambda *a, average: reference.multiclass_cohen_kappa(*a),
    }
    for key, function in pairs.items():
        averages = ("macro", "weighted", "micro") if METRICS[key].params else ("macro",)
        for average in averages:
            params = {"average": average} if METRICS[key].params else {}
            expected = float(function(*given, average=average))
            assert score(key, name, **params).value == pytest.approx(expected, abs=1e-6), (key, average)
    for key, function in (
        ("roc_auc", reference.multiclass_auroc),
        ("average_precision", reference.multiclass_average_precision),
    ):
        expected = function(*given, average=None).numpy()[present]
        np.testing.assert_allclose(score(key, name).by_class[present], expected, atol=1e-6)
        assert np.isnan(score(key, name).by_class[~present]).all()
        assert score(key, name).value == pytest.approx(expected.mean(), abs=1e-6)
    balanced = reference.multiclass_recall(*given, average=None).numpy()[present].mean()
    assert score("balanced_accuracy", name).value == pytest.approx(balanced, abs=1e-6)
    for bins in (10, 15):
        expected = float(reference.multiclass_calibration_error(*given, n_bins=bins))
        assert score("calibration_error", name, bins=bins).value == pytest.approx(expected, abs=1e-6)


@pytest.mark.slow
def test_a_regression_agrees_with_torchmetrics() -> None:
    import torch
    from torchmetrics import functional

    outputs, targets = numbers()
    pair = torch.from_numpy(outputs), torch.from_numpy(targets)
    expected = {
        "mae": functional.mean_absolute_error(*pair),
        "rmse": functional.mean_squared_error(*pair, squared=False),
        "r2": functional.r2_score(*pair),
        "explained_variance": functional.explained_variance(*pair),
    }
    for key, value in expected.items():
        assert METRICS[key].load()(outputs, targets).value == pytest.approx(float(value)), key


def numbers() -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(0)
    targets = random.normal(3, 2, 101)
    return targets + random.normal(0.7, 1, 101), targets


@pytest.mark.parametrize("key", NUMBERS)
def test_a_regression_agrees_with_scikit_learn(key: str) -> None:
    outputs, targets = numbers()
    function = {
        "mae": metrics.mean_absolute_error, "rmse": metrics.root_mean_squared_error, "r2": metrics.r2_score,
        "median_absolute_error": metrics.median_absolute_error, "explained_variance": metrics.explained_variance_score,
    }[key]  # fmt: skip
    assert METRICS[key].load()(outputs, targets).value == pytest.approx(function(targets, outputs))


def test_what_can_not_be_told_is_nan_and_not_a_number_made_up() -> None:
    same = np.ones(5)
    assert math.isnan(METRICS["r2"].load()(same, same).value)
    sure = np.eye(2)[np.zeros(4, int)]
    assert math.isnan(METRICS["kappa"].load()(sure, np.zeros(4, int)).value)
    assert METRICS["matthews"].load()(sure, np.zeros(4, int)).value == 0
    assert METRICS["log_loss"].load()(sure, np.ones(4, int)).value == pytest.approx(708.4, abs=0.1)
    assert math.isnan(METRICS["roc_auc"].load()(sure, np.zeros(4, int)).value)


def test_the_brier_score_by_hand_and_by_class() -> None:
    found = METRICS["brier"].load()(np.array([[0.8, 0.2], [0.4, 0.6]]), np.array([0, 0]))
    assert found.value == pytest.approx((0.04 + 0.04 + 0.36 + 0.36) / 2)
    assert found.by_class.sum() == pytest.approx(found.value)


@pytest.mark.parametrize("name", CASES)
def test_everything_at_once_and_the_same_as_the_table_of_classes(name: str) -> None:
    probabilities, targets = case(name)
    found = measure(Predictions(np.log(probabilities), targets, NAMES[: probabilities.shape[1]]))
    assert list(found) == CLASSES
    scores = class_scores(confusion_matrix(targets, probabilities.argmax(1), probabilities.shape[1]))
    assert found["f1"].value == pytest.approx(scores.macro_f1)
    assert found["accuracy"].value == pytest.approx(
        METRICS["recall"].load()(probabilities, targets, average="micro").value
    )
    outputs, numbers_ = numbers()
    assert list(measure(Predictions(outputs[:, None], numbers_))) == NUMBERS


@pytest.mark.parametrize("key", METRICS)
def test_an_entry_says_what_it_is_and_where_it_comes_from(key: str) -> None:
    spec = METRICS[key]
    assert spec.summary.endswith(".")
    assert spec.article.rstrip(".")[-4:].isdigit(), "ends with its source and year"
    for param in spec.params:
        assert param.label
        assert param.help
        assert param.parse(param.default) == param.default
