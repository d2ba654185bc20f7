"""What is asked at the edges: one row, one number, two outputs, a class without rows, constant columns, dead units, NaN."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
import torch
from torch import nn

from core.data.base import Prepared
from core.errors import BadInput
from core.explain.base import Question
from core.explain.baselines import background
from core.explain.catalogue import ATTRIBUTIONS, EXPLANATIONS
from core.explain.explain import answer, explanation, top_features
from core.explain.prepare import Opened, not_finite, prepare
from tests.core.explain.explained_for_tests import offsets

WIDTH = 6
QUICK = {"kernel_shap": {"samples": 24}, "lime": {"samples": 24}, "shap_kernel": {"samples": 62}}
COMPILED = ("shap_permutation", "shap_exact", "shap_partition")
TABULAR = [
    key for key in ATTRIBUTIONS if "tabular" in EXPLANATIONS[key].kinds and "cam" not in key and key not in COMPILED
]


def table(task: str = "classification", classes: int = 3, constant: bool = False, rows: int = 60) -> Prepared:
    """Rows of six columns; with `constant` the last is the same in all of them. No row is of the last class."""
    random = np.random.default_rng(0)
    x = random.normal(size=(rows, WIDTH)).astype(np.float32)
    if constant:
        x[:, -1] = 0
    y = random.normal(size=rows).astype(np.float32) if task == "regression" else random.integers(0, classes - 1, rows)
    cut = rows - 20
    return Prepared(
        key="own", kind="tabular", task=task, x_train=x[:cut], y_train=y[:cut], x_val=x[cut:], y_val=y[cut:],
        class_names=() if task == "regression" else tuple("abcdef"[:classes]), feature_names=tuple(f"c{i}" for i in range(WIDTH)),
        target_name="y", vocabulary=(), x_mean=np.zeros(WIDTH), x_std=np.ones(WIDTH),
    )  # fmt: skip


def opened(data: Prepared, outputs: int, middle: nn.Module | None = None) -> Opened:
    torch.manual_seed(0)
    model = offsets(nn.Sequential(nn.Linear(WIDTH, 16), middle or nn.ReLU(), nn.Linear(16, outputs)))
    return Opened(prepare(model, data.x_val, "tabular"), data, 0, "own")


@cache
def number() -> Opened:
    return opened(table("regression"), 1)


@cache
def two_outputs() -> Opened:
    return opened(table(classes=2), 2)


def ask(method: str, rows: tuple[int, ...] = (0, 1, 2), **changes: object) -> Question:
    from core.recipe.base import Params

    return Question(method=method, rows=rows, params=Params(QUICK.get(method, {})), background=10, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize("method", TABULAR)
def test_a_number_and_two_outputs_and_one_row_are_explained(method: str) -> None:
    for case in (number(), two_outputs()):
        found = answer(case, ask(method))
        assert found.values.shape == (3, 16 if found.layer else WIDTH)
        if EXPLANATIONS[method].complete:
            assert found.overall_gap is not None
            assert found.overall_gap < 0.02
    if method == "feature_permutation":
        with pytest.raises(BadInput, match="at least 2 rows"):
            answer(number(), ask(method, (4,)))
    else:
        assert answer(two_outputs(), ask(method, (4,))).values.shape[0] == 1


def test_of_a_number_the_only_output_is_explained_whatever_is_asked() -> None:
    for target in ("predicted", "true"):
        found = answer(number(), ask("integrated_gradients", target=target))
        assert (found.target == 0).all()
        assert found.output == pytest.approx(number().subject.predict(number().data.x_val[:3])[:, 0])


def test_one_row_gets_its_trust_too() -> None:
    found = explanation(
        two_outputs(), ask("shapley", (7,)), ("completeness", "faithfulness", "dependence", "stability")
    )
    assert {check.key for check in found.trust.checks} >= {"completeness", "stability"}
    assert found.outputs.shape == (1, 2)


def test_a_class_without_rows_can_be_asked_about() -> None:
    case = opened(table(), 3)
    assert not (case.data.y_train == 2).any()
    found = answer(case, ask("shapley", target=2))
    assert (found.target == 2).all()
    assert len(background(case.data, 12).rows) == 12


def test_a_constant_column_gets_nothing_and_spoils_nothing() -> None:
    case = opened(table(constant=True), 3)
    for method in ("shapley", "integrated_gradients", "feature_ablation", "deep_lift_shap", "feature_permutation"):
        found = answer(case, ask(method))
        assert np.isfinite(found.values).all()
        assert found.values[:, -1] == pytest.approx(0, abs=1e-7), method
        assert top_features(case, case.data.x_val[:3], found)[-1]["name"] == f"c{WIDTH - 1}"
    by_clusters = answer(case, replace(ask("shapley"), background=4, background_kind="kmeans"))
    assert np.isfinite(by_clusters.values).all()
    assert by_clusters.notes[0] == "Compared with 4 k-means centres, weighted by their clusters."


class Dead(nn.Module):
    """A ReLU that nothing reaches."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.relu(x - 1000)


@pytest.mark.parametrize("method", ["saliency", "integrated_gradients", "shapley", "feature_ablation"])
def test_dead_units_are_told_and_not_shown_as_an_answer(method: str) -> None:
    found = explanation(opened(table(), 3, Dead()), ask(method))
    assert found.attribution.values == pytest.approx(0, abs=1e-12)
    assert any("3 of 3 rows got 0 everywhere" in note for note in found.attribution.notes)
    assert found.trust.light != "green"


def test_weights_that_are_no_numbers_are_named() -> None:
    model = nn.Sequential(nn.Linear(3, 2), nn.BatchNorm1d(2))
    assert not_finite(model) == ""
    with torch.no_grad():
        model[1].running_var[0] = float("inf")
    assert not_finite(model) == "1.running_var"


def test_outputs_that_are_no_numbers_are_a_sentence_for_every_method() -> None:
    class Log(nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return torch.log(x)

    case = opened(table(), 3, Log())
    for method in ("saliency", "kernel_shap", "shapley", "integrated_gradients"):
        with pytest.raises(BadInput, match="not finite on these rows"):
            answer(case, ask(method))
