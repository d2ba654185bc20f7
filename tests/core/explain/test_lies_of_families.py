"""More that captum and shap get wrong without a word: on transformers, on padded series, in training mode, at the input's zeros."""

from __future__ import annotations

import warnings
from collections.abc import Iterator

import numpy as np
import pytest
import shap
import torch
from captum import attr, metrics
from torch import nn

from core.explain.base import SOUND_GAP, Refused, Sound
from core.explain.catalogue import EXPLANATIONS
from core.explain.prepare import prepare
from core.explain.trust.ranks import rank_correlation
from core.explain.trusted import checked
from tests.core.explain.explained_for_tests import ask, build, family_verdict, offsets, rows, use, verdict
from tests.core.explain.test_silent_lies import dense, raw_deep_lift, raw_gap, raw_shap_deep, x_of


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def test_attention_deceives_both_deep_lifts() -> None:
    model, _, x = build("transformer_series")
    model.eval()
    full = np.where(x == 0, np.float32(0.1), x)  # no padding
    assert raw_deep_lift(model, full[:8]) > 0.1
    assert raw_shap_deep(model, full) > 0.1
    for name in ("transformer_series", "transformer_text"):
        for method in ("deep_lift", "deep_lift_shap", "shap_deep"):
            assert isinstance(family_verdict(name, method), Refused)
    for method in ("integrated_gradients", "layer_integrated_gradients"):
        assert isinstance(family_verdict("transformer_series", method), Sound)


def test_a_transformer_reads_a_padded_series_at_its_own_length() -> None:
    model, kind, x = build("transformer_series")
    model.eval()
    given, zero = torch.as_tensor(x[:5]), torch.zeros(1, 8, 2)
    raw = attr.IntegratedGradients(model).attribute(given, zero, target=0, n_steps=200)
    assert raw_gap(raw.detach(), model, given, zero) > 0.1
    subject = prepare(model, x, kind)
    answer = use(subject, ask(subject, x, 5), "integrated_gradients")
    assert answer.overall_gap is not None
    assert answer.overall_gap < 1e-3
    assert subject.predict(x) == pytest.approx(model(torch.as_tensor(x)).detach().numpy(), abs=1e-6)


@pytest.mark.parametrize("method", ["deep_lift", "shap_deep", "shap_gradient"])
def test_training_mode_deceives_these_too(method: str) -> None:
    """shap switches to eval() by itself, and so explains another function than the one that is running."""
    model, x = dense(nn.BatchNorm1d(16), nn.ReLU(), nn.Dropout(0.5)), x_of()
    given, zero = torch.as_tensor(x[:8]), torch.zeros(1, x.shape[1])
    torch.manual_seed(0)
    model.train()
    if method == "deep_lift":
        raw = attr.DeepLift(model).attribute(given, zero.expand_as(given), target=0).detach()
        assert raw_gap(raw, model.eval(), given, zero) > 0.1
    elif method == "shap_deep":
        shap.DeepExplainer(model, torch.as_tensor(x[8:])).shap_values(given, check_additivity=False)
        assert not model.training
    else:
        shap.GradientExplainer(model, torch.as_tensor(x[8:]))
        assert not model.training
    model.train()
    subject = prepare(model, x, "tabular")
    answer = use(subject, ask(subject, x), method)
    assert model.training
    if EXPLANATIONS[method].complete:
        assert answer.overall_gap is not None
        assert answer.overall_gap < SOUND_GAP


def test_a_convolution_between_pool_and_activation_is_not_refused() -> None:
    """The other side of captum #1104: what works is offered."""
    torch.manual_seed(0)
    model = nn.Sequential(
        nn.Conv2d(1, 4, 3, padding=1), nn.ReLU(), nn.Conv2d(4, 4, 1), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(64, 3)
    )
    model, x = offsets(model).eval(), rows("image", (1, 8, 8))
    assert raw_deep_lift(model, x[:8], x[20:21]) < SOUND_GAP
    assert isinstance(verdict(model, x, "deep_lift", "image"), Sound)


def test_layerwise_relevance_is_not_offered() -> None:
    """captum's LRP has no rule for most modules and misses the sum where it runs."""
    net, x = dense(nn.ReLU()).eval(), torch.as_tensor(x_of()[:8])
    found = attr.LRP(net).attribute(x, target=0).detach()
    assert raw_gap(found, net, x, torch.zeros(1, x.shape[1])) > SOUND_GAP
    with pytest.raises(TypeError, match="no rule"):
        attr.LRP(nn.Sequential(net[0], nn.Flatten(), net[1], net[2])).attribute(x, target=0)
    assert "lrp" not in EXPLANATIONS


class LastState(nn.Module):
    """A plain nn.LSTM, read at its last step."""

    def __init__(self) -> None:
        super().__init__()
        self.lstm, self.output = nn.LSTM(2, 6, batch_first=True), nn.Linear(6, 3)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.output(self.lstm(x)[0][:, -1])


def test_sensitivity_is_measured_where_captums_breaks() -> None:
    torch.manual_seed(0)
    model, x = LastState().eval(), rows("sequence", (8, 2))
    with pytest.raises(RuntimeError, match="view size is not compatible"):
        metrics.sensitivity_max(attr.Saliency(model).attribute, torch.as_tensor(x[:3]), target=0)
    subject, spec = prepare(model, x, "sequence"), EXPLANATIONS["saliency"]
    request = ask(subject, x, 3)
    found, _ = checked(subject, request, spec, {}, use(subject, request, "saliency"), ("stability",))
    assert [check.key for check in found.checks] == ["stability"]
    assert np.isfinite(found.checks[0].figures["max_sensitivity"])


def test_zeros_of_the_input_do_not_make_a_method_look_dependent_on_nothing() -> None:
    """A method that multiplies by the input ranks its zeros last whatever the weights are; the check looks past that."""
    torch.manual_seed(0)
    random = np.random.default_rng(0)
    x = (random.normal(size=(24, 1, 8, 8)) * (random.random((24, 1, 8, 8)) < 0.3)).astype(np.float32)
    models = [
        nn.Sequential(nn.Conv2d(1, 4, 3, padding=1), nn.Tanh(), nn.Flatten(), nn.Linear(256, 3)) for _ in range(2)
    ]
    subject, other = (prepare(offsets(model), x, "image") for model in models)
    spec = EXPLANATIONS["integrated_gradients"]
    request = ask(subject, x, 8)
    raw = [use(one, request, "integrated_gradients").values for one in (subject, other)]
    assert rank_correlation(*raw) > 0.5
    found, _ = checked(
        subject, request, spec, spec.parse({}), use(subject, request, "integrated_gradients"), ("dependence",)
    )
    assert found.light == "green", found.sentence
