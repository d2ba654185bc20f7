"""An explanation carries its own error: which checks are made of an answer, and what they say of good and bad ones."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from core.errors import BadInput, Cancelled
from core.explain.base import Attribution, Request
from core.explain.catalogue import EXPLANATIONS
from core.explain.prepare import Subject, prepare
from core.explain.result import Explanation
from core.explain.trust.light import Trust
from core.explain.trust.planted import planted
from core.explain.trusted import CHECKS, USUAL, checked
from tests.core.explain.explained_for_tests import ask, family


def planted_case(kind: str) -> tuple[Subject, Request]:
    case = planted(kind)
    subject = prepare(case.model, case.x, kind)
    request = ask(subject, np.concatenate([case.x[:8], case.background]), 8)
    return subject, request


def judged(subject: Subject, request: Request, method: str, checks: tuple[str, ...] = USUAL) -> Trust:
    spec = EXPLANATIONS[method]
    params = spec.parse({})
    found = spec.load()(subject, request, **params)
    return checked(subject, request, spec, params, found, checks)[0]


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["tabular", "image", "sequence"])
def test_integrated_gradients_of_a_trained_model_pass_every_check(kind: str) -> None:
    found = judged(*planted_case(kind), "integrated_gradients", CHECKS)
    assert [check.key for check in found.checks] == list(CHECKS)
    assert found.light == "green", found.sentence


@pytest.mark.parametrize("method", ["feature_ablation", "occlusion", "shapley_value_sampling"])
def test_inputs_switched_together_do_not_look_alike_by_their_own_size(method: str) -> None:
    found = judged(*planted_case("image"), method, ("dependence",))
    assert found.light == "green", found.sentence


def test_of_words_all_but_stability_is_checked() -> None:
    found = judged(*planted_case("text"), "layer_integrated_gradients", CHECKS)
    assert [check.key for check in found.checks] == list(USUAL)
    assert found.light == "green", found.sentence


def test_a_method_without_a_promised_sum_has_no_completeness() -> None:
    assert [check.key for check in judged(*planted_case("tabular"), "saliency").checks] == list(USUAL[1:])


def test_values_in_the_wrong_order_are_withheld() -> None:
    subject, request = planted_case("tabular")
    spec = EXPLANATIONS["integrated_gradients"]
    good: Attribution = spec.load()(subject, request)
    bad = replace(good, values=-good.values, gap=None, base_value=None)
    found, curves = checked(subject, request, spec, spec.parse({}), bad, ("faithfulness",))
    assert found.light == "withheld"
    assert curves is not None
    assert curves.n == len(request.x)


def test_the_units_of_a_layer_are_not_deleted_from_the_input() -> None:
    subject, request = planted_case("tabular")
    found = judged(subject, replace(request, layer=next(iter(subject.facts.layers))), "layer_conductance")
    assert [check.key for check in found.checks] == ["completeness", "dependence"]


def test_two_features_of_one_row_have_too_few_orders_to_compare_with() -> None:
    torch.manual_seed(0)
    x = np.random.default_rng(0).normal(size=(40, 2)).astype(np.float32)
    subject = prepare(torch.nn.Sequential(torch.nn.Linear(2, 8), torch.nn.ReLU(), torch.nn.Linear(8, 2)), x, "tabular")
    keys = [check.key for check in judged(subject, ask(subject, x, 1), "integrated_gradients").checks]
    assert "faithfulness" not in keys
    assert "faithfulness" in [
        check.key for check in judged(subject, ask(subject, x, 20), "integrated_gradients").checks
    ]


def test_a_constant_model_is_told_and_not_called_wrong() -> None:
    model = torch.nn.Sequential(torch.nn.Linear(4, 2))
    torch.nn.init.zeros_(model[0].weight)
    x = np.random.default_rng(0).normal(size=(40, 4)).astype(np.float32)
    subject = prepare(model, x, "tabular")
    found = judged(subject, ask(subject, x), "integrated_gradients", ("completeness",))
    assert found.light == "amber"
    assert "no change to explain" in found.sentence


def test_an_unknown_check_is_refused() -> None:
    subject, x = family("mlp")
    with pytest.raises(BadInput, match=r"did you mean 'stability'"):
        judged(subject, ask(subject, x), "saliency", ("stabilty",))


def test_the_checks_can_be_called_off() -> None:
    subject, request = planted_case("tabular")
    spec = EXPLANATIONS["saliency"]
    found = spec.load()(subject, request)
    with pytest.raises(Cancelled):
        checked(subject, replace(request, should_stop=lambda: True), spec, spec.parse({}), found)


def test_an_explanation_survives_being_kept() -> None:
    subject, request = planted_case("tabular")
    spec = EXPLANATIONS["integrated_gradients"]
    found: Attribution = spec.load()(subject, request)
    trust, curves = checked(subject, request, spec, spec.parse({}), found)
    before = Explanation(attribution=found, trust=trust, curves=curves, outputs=subject.predict(request.x), step=7)
    after = Explanation.from_parts(before.document(), before.arrays())
    assert after.trust == trust
    assert after.document() == before.document()
    for name, values in before.arrays().items():
        np.testing.assert_array_equal(after.arrays()[name], values)
