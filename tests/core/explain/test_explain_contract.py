"""Every method on every family of models: right shapes, the promised sum, the same again, or a reason why not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from core.data.base import KINDS
from core.errors import Cancelled
from core.explain.base import ANSWERS, COSTS, LEVELS, LIBRARIES, SOUND_GAP, Refused, Sound
from core.explain.catalogue import ATTRIBUTIONS, EXPLANATIONS
from core.explain.methods.groups import count_groups, feature_groups, spread
from core.explain.preflight import CAPTUM_RULES, MEASURED, RULES, SHAP_RULES, judge
from core.explain.prepare import prepare
from core.models.base import ModelInput
from core.models.catalogue import ARCHITECTURES
from core.models.parts.activations import make_activation
from core.models.parts.catalogue import ACTIVATIONS
from tests.core.explain.explained_for_tests import (
    FAMILIES,
    MORE_FAMILIES,
    ask,
    build,
    family,
    family_verdict,
    offsets,
    rows,
    use,
)

COMPILED = ("shap_permutation", "shap_exact", "shap_partition")  # numba's first call costs ten seconds of CPU
LESS: dict[str, dict[str, int]] = {
    "kernel_shap": {"samples": 24, "side": 4},
    "lime": {"samples": 24, "side": 4},
    "shapley_value_sampling": {"samples": 2, "side": 4},
    "shap_kernel": {"samples": 100, "side": 4},
    "shap_gradient": {"samples": 20},
    "gradient_shap": {"samples": 20},
}


def marked(method: str) -> object:
    return pytest.param(method, marks=pytest.mark.slow) if method in COMPILED else method


@pytest.mark.parametrize("name", [*FAMILIES, *(pytest.param(key, marks=pytest.mark.slow) for key in MORE_FAMILIES)])
@pytest.mark.parametrize("method", [marked(key) for key in ATTRIBUTIONS])
def test_a_method_keeps_its_promises_or_is_refused_with_a_reason(method: str, name: str) -> None:
    subject, x = family(name)
    spec = EXPLANATIONS[method]
    found = family_verdict(name, method)
    if isinstance(found, Refused):
        assert found.reason.endswith(".")
        assert len(found.reason) > 30
        return
    assert isinstance(found, Sound)
    request = ask(subject, x, 2)
    answer = use(subject, request, method, **LESS.get(method, {}))
    shape = subject.facts.layers[answer.layer] if answer.layer else subject.shape
    assert answer.values.shape == (2, *shape)
    assert answer.values.dtype == np.float64
    assert np.isfinite(answer.values).all()
    assert np.abs(answer.values).max() > 0 or any("0 everywhere" in note for note in answer.notes)
    assert answer.output == pytest.approx(subject.predict(request.x)[np.arange(2), request.target])
    if spec.complete:
        assert answer.overall_gap is not None
        assert answer.overall_gap <= SOUND_GAP
    if name == "mlp":
        again = use(subject, request, method, **LESS.get(method, {}))
        assert np.array_equal(answer.values, again.values)
    assert not subject.explained.training
    assert all(parameter.grad is None or not parameter.grad.any() for parameter in subject.explained.parameters())
    assert not any(module._forward_hooks or module._backward_hooks for module in subject.explained.modules())


DEEP = {"deep_lift", "deep_lift_shap", "shap_deep"}
CAM = {"layer_grad_cam", "guided_grad_cam"}
GUIDED = {"guided_backprop", "guided_grad_cam"}
EXPECTED_REFUSALS = {
    "mlp": CAM,
    "cnn": {"shapley", "deep_lift", "deep_lift_shap", "shap_exact"},
    "residual": {"shapley", "shap_exact"},
    "series": {"shapley", "deep_lift", "deep_lift_shap", "shap_exact"},
    "lstm_text": {"shapley"} | DEEP | CAM | GUIDED,
    "lstm_series": {"shapley", "shap_exact"} | DEEP | CAM | GUIDED,
    "gru_series": {"shapley", "shap_exact"} | DEEP | CAM | GUIDED,
    "transformer_text": {"shapley"} | DEEP | CAM | GUIDED,
    "transformer_series": {"shapley", "shap_exact"} | DEEP | CAM | GUIDED,
    "mlp_text": {"shapley"} | DEEP | CAM | GUIDED,
    "mlp_gelu": {"deep_lift", "deep_lift_shap"} | CAM | GUIDED,
    "mlp_norm": DEEP | CAM,
    "linear": {"layer_conductance", "layer_integrated_gradients"} | CAM | GUIDED,
    "deep_cross": {"layer_conductance", "layer_integrated_gradients"} | DEEP | CAM,
    "vgg": {"shapley", "deep_lift", "deep_lift_shap", "shap_exact"},
    "mobile": {"shapley", "shap_exact"},
    "vit": {"shapley", "shap_exact"} | DEEP | GUIDED,
    "capsule": {"shapley", "shap_exact"} | DEEP,
    "attention_text": {"shapley"} | DEEP | CAM | GUIDED,
    "cnn_rnn_series": {"shapley", "shap_exact"} | DEEP,
    "tcn_series": {"shapley", "shap_exact"},
}


@pytest.mark.parametrize(
    "name", [pytest.param(key, marks=pytest.mark.slow) if key in MORE_FAMILIES else key for key in EXPECTED_REFUSALS]
)
def test_no_more_is_refused_than_must_be(name: str) -> None:
    refused = {key for key in ATTRIBUTIONS if isinstance(family_verdict(name, key), Refused)}
    assert refused == EXPECTED_REFUSALS[name]


def test_a_model_of_one_layer_is_not_said_to_have_shortcuts() -> None:
    refused = family_verdict("linear", "layer_conductance")
    assert isinstance(refused, Refused)
    assert refused.reason == "This model has no layer besides its last; use integrated_gradients on the input."
    crossed = family_verdict("deep_cross", "layer_conductance")
    assert isinstance(crossed, Refused)
    assert "Shortcuts go around every layer" in crossed.reason


@pytest.mark.parametrize("method", [key for key in ATTRIBUTIONS if key not in COMPILED])
def test_a_method_can_be_called_off_and_leaves_random_streams_alone(method: str) -> None:
    subject, x = family("cnn" if "cam" in method else "mlp")
    asked = []

    def stop_later() -> bool:
        asked.append(1)
        return len(asked) > 1

    many = np.concatenate([x] * 3)
    request = replace(ask(subject, many, len(many)), should_stop=stop_later)
    before, in_numpy = torch.get_rng_state(), np.random.get_state()[1].copy()  # type: ignore[index, union-attr]
    if method == "feature_permutation":  # shuffles among all rows at once, so it has one chunk
        use(subject, request, method)
    else:
        with pytest.raises(Cancelled):
            use(subject, request, method)
    assert torch.equal(before, torch.get_rng_state())
    assert np.array_equal(in_numpy, np.random.get_state()[1])  # type: ignore[index]


def test_the_catalogue_says_what_forms_and_pages_need() -> None:
    for key, spec in EXPLANATIONS.items():
        assert key == spec.key == key.lower()
        assert set(spec.kinds) <= set(KINDS)
        assert spec.kinds
        assert spec.answers in ANSWERS
        assert spec.level in LEVELS
        assert spec.cost in COSTS
        assert spec.library in LIBRARIES
        assert any(f" {year}" in spec.article for year in range(1950, 2027)), key
        assert spec.parse({}) == spec.defaults()
    assert set(MEASURED) | set(RULES) <= set(EXPLANATIONS)


def test_the_lists_of_activations_with_a_rule_are_those_of_the_installed_libraries() -> None:
    from captum.attr._core.deep_lift import SUPPORTED_NON_LINEAR
    from shap.explainers._deep.deep_pytorch import op_handler

    of_captum = {kind.__name__ for kind in SUPPORTED_NON_LINEAR} - {"MaxPool1d", "MaxPool2d", "MaxPool3d", "Softmax"}
    assert of_captum == CAPTUM_RULES
    assert {name for name in SHAP_RULES if name in op_handler} == SHAP_RULES


@pytest.mark.parametrize("activation", [key for key in ACTIVATIONS if key != "identity"])
def test_deep_lift_explains_an_activation_or_names_it(activation: str) -> None:
    torch.manual_seed(3)
    params = {"depth": 2, "width": 8, "activation": activation}
    model = offsets(ARCHITECTURES["mlp"].load()(ModelInput("tabular", (6,)), 3, **params))
    x = rows("tabular", (6,))
    subject = prepare(model.eval(), x[:2], kind="tabular")
    kind = type(make_activation(activation)).__name__
    for method, rules in (("deep_lift", CAPTUM_RULES), ("shap_deep", SHAP_RULES)):
        found = judge(subject, ask(subject, x), EXPLANATIONS[method])
        if kind in rules:
            assert isinstance(found, Sound), (method, found)
        else:
            assert isinstance(found, Refused)
            assert ("amax" if activation == "maxout" else kind) in found.reason
    assert isinstance(judge(subject, ask(subject, x), EXPLANATIONS["integrated_gradients"]), Sound)


@pytest.mark.parametrize(
    ("kind", "shape", "side", "count"),
    [("tabular", (5,), 1, 5), ("image", (3, 8, 8), 4, 4), ("image", (1, 7, 7), 3, 9), ("sequence", (10, 2), 3, 8), ("text", (6,), 1, 6)],
)  # fmt: skip
def test_groups_cover_every_input_and_keep_sums(kind: str, shape: tuple[int, ...], side: int, count: int) -> None:
    groups = feature_groups(kind, shape, side)
    assert groups.shape == shape
    assert sorted(set(groups.ravel().tolist())) == list(range(count))
    assert count_groups(kind, shape, side) == count
    values = np.random.default_rng(0).normal(size=(4, count))
    assert spread(values, groups).reshape(4, -1).sum(axis=1) == pytest.approx(values.sum(axis=1))


def test_the_model_that_is_explained_is_not_touched() -> None:
    model, kind, x = build("residual")
    model.train()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    from core.explain.prepare import prepare

    subject = prepare(model, x, kind)
    for method in ("shap_deep", "shap_gradient", "deep_lift", "guided_backprop"):
        use(subject, ask(subject, x, 2), method)
    assert model.training
    assert all(module.training for module in model.modules())
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())
    assert all(parameter.grad is None for parameter in model.parameters())
    assert not any(module._forward_hooks or module._forward_pre_hooks for module in model.modules())
