"""Values against hand computations and brute force; questions and answers as documents."""

from __future__ import annotations

import itertools
import json
import math

import numpy as np
import pytest
import torch
from torch import nn

from core.errors import BadInput
from core.explain.base import Attribution, ExplainSpec, Question, relative_gap
from core.explain.baselines import BASELINES, Background, background, baseline
from core.explain.catalogue import EXPLANATIONS
from core.explain.prepare import Subject, prepare
from core.recipe.base import Params
from tests.core.explain.explained_for_tests import ask, family, rows, use


@pytest.fixture(scope="module")
def linear() -> tuple[Subject, np.ndarray, np.ndarray]:
    """A linear model of 5 inputs: (subject, rows, weights (3, 5)); every honest method must find w (x - b)."""
    torch.manual_seed(0)
    model, x = nn.Sequential(nn.Linear(5, 3)), rows("tabular", (5,))
    return prepare(model, x, "tabular"), x, model[0].weight.detach().double().numpy()


AGAINST_BASELINE = (
    "integrated_gradients",
    "deep_lift",
    "occlusion",
    "feature_ablation",
    "shapley_value_sampling",
    "kernel_shap",
)


@pytest.mark.parametrize("method", AGAINST_BASELINE)
def test_of_a_linear_model_every_input_gets_its_term(
    method: str, linear: tuple[Subject, np.ndarray, np.ndarray]
) -> None:
    subject, x, weight = linear
    from_one = np.full(5, 0.3, np.float32)
    request = ask(subject, x, 4, baseline=from_one)
    assert use(subject, request, method).values == pytest.approx(weight[request.target] * (x[:4] - from_one), abs=1e-4)


@pytest.mark.parametrize("method", ["shapley", "deep_lift_shap", "shap_deep", "shap_kernel"])
@pytest.mark.parametrize("weights", [None, np.linspace(1, 3, 16)])
def test_of_a_linear_model_the_background_counts_by_its_weighted_mean(
    method: str, weights: np.ndarray | None, linear: tuple[Subject, np.ndarray, np.ndarray]
) -> None:
    subject, x, weight = linear
    request = ask(subject, x, 4, background=Background(x[8:], "rows", weights))
    mean = np.average(x[8:].astype(float), axis=0, weights=weights)
    loose = (
        0.03 if weights is not None and method not in ("shapley", "shap_kernel") else 1e-4
    )  # 200 rows stand for the weights
    assert use(subject, request, method).values == pytest.approx(weight[request.target] * (x[:4] - mean), abs=loose)


def test_gradients_of_a_linear_model_are_its_weights(linear: tuple[Subject, np.ndarray, np.ndarray]) -> None:
    subject, x, weight = linear
    request = ask(subject, x, 4)
    chosen = weight[request.target]
    assert use(subject, request, "saliency").values == pytest.approx(np.abs(chosen), abs=1e-6)
    assert use(subject, request, "smooth_grad").values == pytest.approx(chosen, abs=1e-6)
    assert use(subject, request, "input_x_gradient").values == pytest.approx(chosen * x[:4], abs=1e-6)


def brute_force(subject: Subject, row: np.ndarray, against: Background, target: int) -> np.ndarray:
    """Shapley values by their definition: v(S) = weighted mean over the background of f with S as in the row."""
    players = len(row)

    def value(subset: tuple[int, ...]) -> float:
        mixed = against.rows.copy()
        mixed[:, list(subset)] = row[list(subset)]
        return float(against.shares @ subject.predict(mixed)[:, target])

    found = np.zeros(players)
    for player in range(players):
        others = [one for one in range(players) if one != player]
        for size in range(players):
            share = math.factorial(size) * math.factorial(players - size - 1) / math.factorial(players)
            for subset in itertools.combinations(others, size):
                found[player] += share * (value((*subset, player)) - value(subset))
    return found


@pytest.mark.parametrize(
    "method",
    ["shapley", "shap_kernel", *(pytest.param(m, marks=pytest.mark.slow) for m in ("shap_exact", "shap_permutation"))],
)
def test_the_game_has_the_shapley_values_of_the_definition(method: str) -> None:
    subject, x = family("mlp")
    against = Background(x[8:14], "six rows", np.array([1, 2, 3, 4, 5, 6.0]))
    request = ask(subject, x, 1, background=against)
    truth = brute_force(subject, x[0], against, int(request.target[0]))
    many = {"permutations": 300} if method == "shap_permutation" else {}
    close = 0.02 if many else 1e-5
    assert use(subject, request, method, **many).values[0] == pytest.approx(truth, abs=close)


def test_grad_cam_is_its_formula_and_interpolates_nothing() -> None:
    subject, x = family("cnn")
    request, kept = ask(subject, x, 2), []
    handle = subject.layer("hidden2.conv").register_forward_hook(lambda _m, _i, output: kept.append(output))
    output = subject.explained(subject.features(request.x))
    handle.remove()
    gradient = torch.autograd.grad(output[torch.arange(2), torch.as_tensor(request.target)].sum(), kept[0])[0]
    cam = (gradient.mean(dim=(2, 3), keepdim=True) * kept[0]).sum(dim=1).detach().numpy()
    found = use(subject, request, "layer_grad_cam").values[:, 0]
    assert found == pytest.approx(cam.repeat(2, axis=1).repeat(2, axis=2), abs=1e-6)


def test_the_gap_is_its_definition() -> None:
    values = np.array([[1.0, 2.0], [0.0, 1.0], [2.0, 2.0]])
    gap = relative_gap(values, np.array([3.0, 2.0, 5.0]), np.array([0.0, 0.0, 0.0]))
    assert gap == pytest.approx([0, 1 / 3, 1 / 3])


def test_weighted_rows_stand_in_proportion() -> None:
    found = Background(np.arange(3)[:, None], "", np.array([1, 1, 2.0])).in_proportion(100)
    assert np.bincount(found[:, 0]).tolist() == [25, 25, 50]


def test_question_and_answer_survive_a_document() -> None:
    question = Question(method="lime", rows=(3, 1), params=Params({"alpha": 0.1}), target=2)
    assert Question.from_document(json.loads(json.dumps(question.document()))) == question
    assert question.digest("a") != question.digest("b")
    with pytest.raises(BadInput, match="needs a method and rows"):
        Question.from_document({"method": "lime", "colour": 1, "rows": []})
    subject, x = family("mlp")
    answer = use(subject, ask(subject, x, 3), "integrated_gradients")
    again = Attribution.from_parts(json.loads(json.dumps(answer.document())), answer.arrays())
    assert np.array_equal(again.values, answer.values)
    assert (again.overall_gap, again.params) == (answer.overall_gap, answer.params)
    assert answer.importance.shape == (6,)


def test_settings_are_checked_all_at_once() -> None:
    spec: ExplainSpec = EXPLANATIONS["lime"]
    with pytest.raises(BadInput, match=r"no setting 'alhpa'.*samples is 1"):
        spec.parse({"alhpa": 1, "samples": 1})


@pytest.mark.parametrize("key", ["iris", "digits", "mnist1d", "tweets", "friedman"])
def test_baselines_and_backgrounds_of_real_data(key: str) -> None:
    from core.data.prepare import prepare as prepare_data

    data = prepare_data(key, {}, seed=0, validation_fraction=0.2, standardise=True, limit=400)
    for name in BASELINES[data.kind]:
        found = baseline(data, name)
        assert found.values.shape == data.input_shape
        assert found.words
    if key == "digits":
        assert baseline(data).values.ravel()[0] == pytest.approx(data.x_train.min())
    many = background(data, 100)
    assert many.words
    if data.kind == "text":
        assert not many.rows.any()
        return
    assert len(many.rows) == min(100, len(data.x_train))
    assert np.array_equal(many.rows, background(data, 100).rows)
    if key == "digits":
        known = {row.tobytes(): label for row, label in zip(data.x_train, data.y_train, strict=True)}
        counts = np.bincount([known[row.tobytes()] for row in many.rows], minlength=10)
        assert counts == pytest.approx(100 * np.bincount(data.y_train) / len(data.y_train), abs=1)
    with pytest.raises(BadInput, match="has no baseline 'blue'"):
        baseline(data, "blue")
