"""Every silent lie of captum 0.9 and shap that we know: shown with the raw library, then shown to be caught or mended."""

from __future__ import annotations

import warnings
from collections.abc import Iterator

import numpy as np
import pytest
import shap
import torch
from captum import attr
from torch import nn
from torch.nn import functional

from core.errors import BadInput
from core.explain.base import SOUND_GAP, Refused, Sound
from core.explain.baselines import Background
from core.explain.methods.groups import feature_groups
from core.explain.methods.layers import carries_all
from core.explain.prepare import prepare
from tests.core.explain.explained_for_tests import ask, build, family, family_verdict, offsets, rows, use, verdict

WIDTH = 6


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def dense(*middle: nn.Module, inputs: int = WIDTH) -> nn.Sequential:
    torch.manual_seed(0)
    net = nn.Sequential(nn.Linear(inputs, 16), *middle, nn.Linear(16, 3))
    return nn.Sequential(*(offsets(net)))


def x_of(inputs: int = WIDTH, count: int = 24) -> np.ndarray:
    return rows("tabular", (inputs,), count)


def raw_gap(values: object, model: nn.Module, x: torch.Tensor, base: torch.Tensor, target: int = 0) -> float:
    """The gap of raw values (n, ...) against one baseline or the mean over several."""
    with torch.no_grad():
        promised = (model(x)[:, target] - model(base)[:, target].mean()).numpy()
    summed = np.asarray(values).reshape(len(x), -1).sum(axis=1)
    return float(np.median(np.abs(summed - promised)) / np.median(np.abs(promised)))


def raw_deep_lift(model: nn.Module, x: np.ndarray, base: np.ndarray | None = None) -> float:
    given = torch.as_tensor(x)
    base_row = torch.zeros_like(given[:1]) if base is None else torch.as_tensor(base)
    found = attr.DeepLift(model).attribute(given, base_row.expand_as(given), target=0)
    return raw_gap(found.detach(), model, given, base_row)


def raw_shap_deep(model: nn.Module, x: np.ndarray) -> float:
    background = torch.as_tensor(x[8:])
    found = shap.DeepExplainer(model, background).shap_values(torch.as_tensor(x[:8]), check_additivity=False)
    return raw_gap(found[..., 0], model, torch.as_tensor(x[:8]), background)


class Reused(nn.Module):
    """One ReLU, called twice."""

    def __init__(self, inplace: bool = False) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.one, self.two, self.three = nn.Linear(WIDTH, 16), nn.Linear(16, 16), nn.Linear(16, 3)
        self.relu = nn.ReLU(inplace=inplace)
        offsets(self)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.three(self.relu(self.two(self.relu(self.one(x)))))


class Functional(Reused):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.three(functional.relu(self.two(torch.relu(self.one(x)))))


class AddsInPlace(Reused):
    """A residual connection written +=."""

    def __init__(self) -> None:
        super().__init__()
        self.other = nn.ReLU()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        hidden = self.relu(self.one(x))
        further = self.two(hidden)
        further += hidden
        return self.three(self.other(further))


def test_a_reused_relu_is_split_where_captum_raises_and_shap_lies() -> None:
    model, x = Reused().eval(), x_of()
    with pytest.raises(RuntimeError, match="does not contain some of the input/output attributes"):
        raw_deep_lift(model, x)
    assert raw_shap_deep(model, x) > 0.1
    for method in ("deep_lift", "deep_lift_shap", "shap_deep"):
        assert isinstance(verdict(model, x, method), Sound)
    subject = prepare(model, x, "tabular")
    assert subject.predict(x) == pytest.approx(model(torch.as_tensor(x)).detach().numpy(), abs=1e-6)
    assert any("one per call" in note for note in subject.notes)


def test_modules_in_place_are_told_not_to_and_plus_equals_is_refused() -> None:
    x = x_of()
    with pytest.raises(RuntimeError, match="modified inplace"):
        raw_shap_deep(Reused(inplace=True).eval(), x)
    assert isinstance(verdict(Reused(inplace=True), x, "shap_deep"), Sound)
    with pytest.raises(RuntimeError, match="modified inplace"):
        raw_shap_deep(AddsInPlace().eval(), x)
    found = verdict(AddsInPlace(), x, "shap_deep")
    assert isinstance(found, Refused)
    assert "in place (add_)" in found.reason
    for method in ("deep_lift", "integrated_gradients"):  # which don't mind
        assert isinstance(verdict(AddsInPlace(), x, method), Sound)


def test_functional_activations_deceive_both_deep_lifts() -> None:
    model, x = Functional().eval(), x_of()
    assert raw_deep_lift(model, x) > 0.1
    assert raw_shap_deep(model, x) > 0.1
    for method in ("deep_lift", "deep_lift_shap", "shap_deep"):
        found = verdict(model, x, method)
        assert isinstance(found, Refused)
        assert "relu as a function" in found.reason
    assert isinstance(verdict(model, x, "guided_backprop"), Refused)
    assert isinstance(verdict(model, x, "integrated_gradients"), Sound)


@pytest.mark.parametrize("order", ["activation first", "pool first"])
def test_max_pool_beside_relu_deceives_captum(order: str) -> None:
    torch.manual_seed(0)
    pair = [nn.ReLU(), nn.MaxPool2d(2)] if order == "activation first" else [nn.MaxPool2d(2), nn.ReLU()]
    model = nn.Sequential(nn.Conv2d(1, 4, 3, padding=1), *pair, nn.Flatten(), nn.Linear(64, 3))
    model, x = offsets(model).eval(), rows("image", (1, 8, 8))
    assert raw_deep_lift(model, x[:8], x[20:21]) > 0.1
    if order == "activation first":
        assert raw_deep_lift(model, x[:8]) < SOUND_GAP  # the zero baseline hides it
    for method in ("deep_lift", "deep_lift_shap"):
        found = verdict(model, x, method, "image")
        assert isinstance(found, Refused)
        assert "shap_deep" in found.reason
    assert isinstance(verdict(model, x, "shap_deep", "image"), Sound)


def test_the_measurement_alone_catches_what_a_look_can_not(monkeypatch: pytest.MonkeyPatch) -> None:
    from core.explain import preflight

    monkeypatch.setattr(preflight, "RULES", {})
    x = x_of()
    for model in (Functional(), dense(nn.LayerNorm(16), nn.ReLU()), dense(nn.GELU())):
        assert isinstance(verdict(model, x, "deep_lift"), Refused)


class Gate(nn.Module):
    """A product of two things that both come from the input: no rule sees it, and no name tells it."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x * x.roll(1, dims=1)


def test_a_product_of_two_paths_is_measured_and_refused() -> None:
    model, x = dense(nn.ReLU(), Gate()).eval(), x_of()
    assert raw_deep_lift(model, x) > 0.1
    found = verdict(model, x, "deep_lift")
    assert isinstance(found, Refused)
    assert "miss the sum" in found.reason
    assert isinstance(verdict(model, x, "shap_deep"), Refused)


@pytest.mark.parametrize("activation", [nn.GELU, nn.SiLU])
def test_activations_without_a_rule_deceive_captum(activation: type[nn.Module]) -> None:
    model, x = dense(activation()).eval(), x_of()
    assert raw_deep_lift(model, x) > 0.1
    found = verdict(model, x, "deep_lift")
    assert isinstance(found, Refused)
    assert activation.__name__ in found.reason
    assert isinstance(verdict(model, x, "shap_deep"), Sound if activation is nn.GELU else Refused)
    assert isinstance(verdict(model, x, "integrated_gradients"), Sound)


def test_a_softmax_at_the_end_is_taken_away() -> None:
    net, x = dense(nn.ReLU()), x_of()
    model = nn.Sequential(*net, nn.Softmax(dim=1)).eval()
    assert raw_deep_lift(model, x) > 0.02
    subject = prepare(model, x, "tabular")
    assert subject.predict(x) == pytest.approx(net(torch.as_tensor(x)).detach().numpy(), abs=1e-5)
    assert any("logits" in note for note in subject.notes)
    answer = use(subject, ask(subject, x), "deep_lift")
    assert answer.overall_gap is not None
    assert answer.overall_gap < SOUND_GAP


@pytest.mark.parametrize("norm", [nn.LayerNorm(16), nn.GroupNorm(4, 16)])
def test_norms_of_a_row_deceive_both_deep_lifts(norm: nn.Module) -> None:
    model, x = dense(norm, nn.ReLU()).eval(), x_of()
    assert raw_deep_lift(model, x) > 0.1
    assert raw_shap_deep(model, x) > 0.1
    for method in ("deep_lift", "deep_lift_shap", "shap_deep"):
        assert isinstance(verdict(model, x, method), Refused)
    assert isinstance(verdict(model, x, "integrated_gradients"), Sound)


def test_recurrent_gates_deceive_deep_lift() -> None:
    model, _, x = build("lstm_series")
    model.eval()
    full = np.where(x == 0, np.float32(0.1), x)  # no padding
    assert raw_deep_lift(model, full[:8]) > 0.1
    assert raw_shap_deep(model, full) > 0.1
    for method in ("deep_lift", "deep_lift_shap", "shap_deep"):
        assert isinstance(family_verdict("lstm_series", method), Refused)


def test_training_mode_deceives_every_method() -> None:
    model = dense(nn.BatchNorm1d(16), nn.ReLU(), nn.Dropout(0.5))
    x = x_of()
    given, zero = torch.as_tensor(x[:8]), torch.zeros(8, WIDTH)
    torch.manual_seed(0)
    found = attr.IntegratedGradients(model.train()).attribute(given, zero, target=0)
    assert raw_gap(found.detach(), model.eval(), given, zero) > 0.1
    model.train()
    subject = prepare(model, x, "tabular")
    answer = use(subject, ask(subject, x), "integrated_gradients")
    assert answer.overall_gap is not None
    assert answer.overall_gap < SOUND_GAP
    subject.explained.train()
    from core.explain.catalogue import EXPLANATIONS
    from core.explain.preflight import judge

    found_now = judge(subject, ask(subject, x), EXPLANATIONS["saliency"])
    assert isinstance(found_now, Refused)
    assert "training mode" in found_now.reason


def test_shap_switches_a_model_to_eval_so_it_gets_a_copy() -> None:
    model, x = dense(nn.ReLU()).train(), x_of()
    shap.GradientExplainer(model, torch.as_tensor(x))
    assert not model.training
    model.train()
    subject = prepare(model, x, "tabular")
    use(subject, ask(subject, x), "shap_gradient", samples=5)
    assert model.training


class OneNumber(nn.Module):
    """A regression that puts out (n,)."""

    def __init__(self) -> None:
        super().__init__()
        self.net = dense(nn.ReLU())

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.net(x)[:, 0]


def test_an_output_without_a_second_axis_gets_one() -> None:
    model, x = OneNumber().eval(), x_of()
    with pytest.raises(IndexError):
        shap.DeepExplainer(model, torch.as_tensor(x))
    for method in ("shap_deep", "shap_gradient", "integrated_gradients"):
        assert isinstance(verdict(model, x, method), Sound)
    subject = prepare(model, x, "tabular")
    assert use(subject, ask(subject, x), "shap_gradient", samples=5).values.shape == (8, WIDTH)


def test_shapley_sampling_without_a_target_has_an_axis_too_many() -> None:
    model, x = nn.Sequential(dense(nn.ReLU()), nn.Linear(3, 1)).eval(), x_of()
    assert attr.ShapleyValueSampling(model).attribute(torch.as_tensor(x[:5]), n_samples=2).shape == (5, 1, WIDTH)
    subject = prepare(model, x, "tabular")
    assert use(subject, ask(subject, x, 5), "shapley_value_sampling", samples=2).values.shape == (5, WIDTH)


def test_guided_methods_without_what_they_need_are_refused() -> None:
    model, x = dense(nn.ReLU()).eval(), torch.as_tensor(x_of()[:4])
    assert attr.GuidedGradCam(model, model[0]).attribute(x, target=0).numel() == 0
    assert isinstance(verdict(model, x_of(), "guided_grad_cam"), Refused)
    smooth = dense(nn.Tanh()).eval()
    guided = attr.GuidedBackprop(smooth).attribute(x, target=0)
    plain = attr.Saliency(smooth).attribute(x, target=0, abs=False)
    assert torch.equal(guided, plain)
    found = verdict(smooth, x_of(), "guided_backprop")
    assert isinstance(found, Refused)
    assert "plain gradient" in found.reason


def test_guided_grad_cam_of_a_series_is_placed_in_time_not_over_channels() -> None:
    subject, x = family("series")
    raw = attr.GuidedGradCam(subject.explained, subject.layer("hidden1.conv"))
    request = ask(subject, x, 8, layer="hidden1.conv")
    assert np.abs(use(subject, request, "guided_grad_cam").values).max() > 0
    found = raw.attribute(subject.features(request.x), target=torch.as_tensor(request.target)).detach().numpy()
    assert not np.allclose(found, use(subject, request, "guided_grad_cam").values, atol=1e-4)
    guided = use(subject, request, "guided_backprop").values
    cam = use(subject, request, "layer_grad_cam").values.sum(axis=2, keepdims=True)
    assert use(subject, request, "guided_grad_cam").values == pytest.approx(guided * cam.clip(min=0), abs=1e-6)


def test_a_layer_that_puts_out_a_tuple_is_never_offered() -> None:
    subject, x = family("lstm_series")
    cell = subject.explained.model.get_submodule("recurrent1.cell")
    with pytest.raises(AssertionError, match="not a torch"):
        attr.LayerConductance(subject.explained, cell).attribute(
            subject.features(x[:2]), target=0, additional_forward_args=subject.fixed(x[:2])
        )
    with pytest.raises(BadInput, match=r"no layer 'recurrent1\.cell'"):
        use(subject, ask(subject, x, 2, layer="recurrent1.cell"), "layer_conductance")
    assert use(subject, ask(subject, x, 2), "layer_conductance").layer == "recurrent1"


def test_a_layer_with_a_shortcut_around_it_can_not_keep_the_sum() -> None:
    subject, x = family("residual")
    assert carries_all(subject, "stage1_block1", x[:8])
    assert not carries_all(subject, "stage1_block1.norm2", x[:8])
    zero = torch.zeros(1, *subject.shape)
    layer = subject.layer("stage1_block1.norm2")
    raw = attr.LayerConductance(subject.explained, layer).attribute(subject.features(x[:8]), zero, target=0)
    assert raw_gap(raw.detach(), subject.explained, subject.features(x[:8]), zero) > 0.1
    from core.explain.catalogue import EXPLANATIONS
    from core.explain.preflight import judge

    asked = ask(subject, x, layer="stage1_block1.norm2")
    assert isinstance(judge(subject, asked, EXPLANATIONS["layer_conductance"]), Refused)
    assert isinstance(family_verdict("residual", "layer_conductance"), Sound)


def test_token_ids_can_not_be_scaled_so_embeddings_are() -> None:
    model, _, x = build("lstm_text")
    with pytest.raises(RuntimeError, match="indices"):
        attr.IntegratedGradients(model.eval()).attribute(torch.as_tensor(x[:2]).float(), target=0)
    subject, x = family("lstm_text")
    request = ask(subject, x)
    by_path = use(subject, request, "integrated_gradients").values
    by_layer = use(subject, request, "layer_integrated_gradients").values
    assert by_path.shape == (8, 6)
    assert by_path == pytest.approx(by_layer, abs=1e-5)
    assert (by_path[x[:8] == 0] == 0).all()


def test_a_padded_series_is_explained_at_its_own_length() -> None:
    model, kind, x = build("lstm_series")
    model.eval()
    x[:5, 2:] = 0
    given, zero = torch.as_tensor(x[:5]), torch.zeros(1, 8, 2)
    raw = attr.IntegratedGradients(model).attribute(given, zero, target=0, n_steps=200)
    assert (
        raw_gap(raw.detach(), model, given, zero) > SOUND_GAP
    )  # f(0) is read over the full length, the way there is not
    subject = prepare(model, x, kind)
    answer = use(subject, ask(subject, x, 5), "integrated_gradients")
    assert answer.overall_gap is not None
    assert answer.overall_gap < 1e-3


def test_exact_refuses_what_would_take_for_ever() -> None:
    model, x = dense(nn.ReLU(), inputs=30).eval(), x_of(30)
    subject = prepare(model, x, "tabular")
    raw = shap.explainers.Exact(lambda given: given.sum(axis=1), shap.maskers.Independent(x))
    with pytest.raises(ValueError, match="masked evaluations"):
        raw(x[:1])
    with pytest.raises(BadInput, match="30 inputs are too many"):
        use(subject, ask(subject, x, 1), "shap_exact")
    found = verdict(model, x, "shap_exact")
    assert isinstance(found, Refused)
    assert "up to 14 inputs, and this model has 30" in found.reason


def test_kernel_explainer_keeps_every_feature() -> None:
    model, x = dense(nn.ReLU(), inputs=30).eval(), x_of(30)

    def value(given: np.ndarray) -> np.ndarray:
        with torch.no_grad():
            return np.asarray(model(torch.as_tensor(given, dtype=torch.float32))[:, 0])

    raw = shap.KernelExplainer(value, x[20:]).shap_values(x[:1], nsamples=400, silent=True)
    assert (raw != 0).sum() == 10
    subject = prepare(model, x, "tabular")
    request = ask(subject, x, 1, target=np.zeros(1, np.int64), background=Background(x[20:], "rows"))
    ours = use(subject, request, "shap_kernel", samples=400).values
    assert (ours != 0).sum() == 30
    truth = use(subject, request, "shap_kernel", samples=20_000).values
    assert np.abs(ours - truth).sum() < np.abs(raw - truth).sum()


def test_centres_of_clusters_keep_their_weights() -> None:
    """shap.kmeans' centres given straight to DeepLIFT SHAP count alike, however many rows each stands for."""
    model, random = dense(nn.ReLU()).eval(), np.random.default_rng(0)
    crowd = random.normal(0, 0.1, (95, WIDTH)).astype(np.float32)
    few = random.normal(4, 0.1, (5, WIDTH)).astype(np.float32)
    x = np.concatenate([crowd, few])
    centres = np.stack([crowd.mean(0), few.mean(0)])
    subject = prepare(model, x, "tabular")
    asked = rows("tabular", (WIDTH,), 8)
    for method in ("deep_lift_shap", "shap_deep"):
        truth = use(subject, ask(subject, asked, background=Background(x, "all")), method).values
        alike = use(subject, ask(subject, asked, background=Background(centres, "centres")), method).values
        weighted = Background(centres, "centres", np.array([0.95, 0.05]))
        ours = use(subject, ask(subject, asked, background=weighted), method).values
        assert np.abs(ours - truth).sum() < 0.1 * np.abs(alike - truth).sum()
    game = use(subject, ask(subject, asked, background=weighted), "shap_kernel", samples=62)
    with torch.no_grad():
        mean = np.array([0.95, 0.05]) @ model(torch.as_tensor(centres)).numpy()
    assert game.base_value == pytest.approx(mean[game.target], abs=1e-5)


def test_the_value_of_a_group_is_counted_once() -> None:
    subject, x = family("cnn")
    request = ask(subject, x, 4)
    mask = torch.as_tensor(feature_groups("image", (1, 8, 8), 4)).unsqueeze(0)
    zero = torch.zeros(1, 1, 8, 8)
    raw = attr.ShapleyValueSampling(subject.explained).attribute(
        subject.features(request.x), zero, target=torch.as_tensor(request.target), feature_mask=mask, n_samples=2
    )
    ours = use(subject, request, "shapley_value_sampling", samples=2, side=4)
    assert ours.overall_gap is not None
    assert ours.overall_gap < 1e-4
    assert raw.sum().item() == pytest.approx(16 * ours.values.sum(), rel=1e-3)  # captum repeats it on all 16 pixels


def test_an_expanded_mask_is_laid_out_anew() -> None:
    subject, x = family("lstm_text")
    mask = torch.arange(6)[None, :, None].expand(1, 6, 5)
    with pytest.raises(RuntimeError, match="view size is not compatible"):
        attr.ShapleyValueSampling(subject.explained).attribute(
            subject.features(x[:1]), target=0, additional_forward_args=subject.fixed(x[:1]), feature_mask=mask
        )
    assert use(subject, ask(subject, x, 1), "shapley_value_sampling", samples=2).values.shape == (1, 6)


def test_a_regression_with_too_few_samples_says_so() -> None:
    subject, x = family("cnn")
    for method in ("kernel_shap", "lime"):
        with pytest.raises(BadInput, match="can't tell 64 inputs apart"):
            use(subject, ask(subject, x, 1), method, samples=100)


def test_shuffling_one_row_says_so() -> None:
    subject, x = family("mlp")
    only = torch.as_tensor(x[:1])
    assert not attr.FeaturePermutation(subject.explained).attribute(only, target=0).any()
    with pytest.raises(BadInput, match="at least 2 rows"):
        use(subject, ask(subject, x, 1), "feature_permutation")


def test_a_lasso_of_small_outputs_still_sees_something() -> None:
    net, x = dense(nn.ReLU()), x_of()
    with torch.no_grad():
        net[-1].weight.mul_(0.01)
    given = torch.as_tensor(x[:1])
    torch.manual_seed(0)
    assert not attr.Lime(net).attribute(given, target=0, n_samples=100).any()
    subject = prepare(net, x, "tabular")
    assert (use(subject, ask(subject, x, 1), "lime").values != 0).sum() >= 3
