"""Each trust check says yes to what is sound and no to what is not; the light is the worst of them."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.stats import spearmanr
from torch import nn

from core.errors import BadInput
from core.explain.base import relative_gap
from core.explain.trust.completeness import completeness
from core.explain.trust.curves import faithfulness, measure_curves
from core.explain.trust.light import Check, trust
from core.explain.trust.randomisation import cascade, dependence, gradient_part
from core.explain.trust.ranks import rank_correlation
from core.explain.trust.sensitivity import max_sensitivity, stability

WEIGHTS = np.array([3.0, -2, 1.5, 1, 0.5, 0, 0, 0, 0, 0, 0])


def draw(n: int, *shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(n, *shape))


def linear(x: np.ndarray) -> np.ndarray:
    """Two logits of eleven features."""
    total = x.reshape(len(x), -1) @ WEIGHTS
    return np.stack([-total, total], axis=1)


def test_the_gap_is_that_of_the_formula() -> None:
    attributions = np.array([[1.0, 2], [3, 1], [0, 5]])
    outputs, base = np.array([5.0, 5, 6]), np.array([1.0, 1, 1])
    assert np.median(relative_gap(attributions, outputs, base)) == pytest.approx(0 / 4)
    assert np.median(relative_gap(attributions * 1.5, outputs, base)) == pytest.approx(2 / 4)
    with pytest.raises(BadInput, match="one output a sample"):
        relative_gap(attributions, outputs[:2], base[:2])


@pytest.mark.parametrize(
    ("scale", "light"), [(1.0, "green"), (1.015, "green"), (1.05, "amber"), (1.2, "withheld"), (np.nan, "withheld")]
)
def test_completeness_follows_the_gap(scale: float, light: str) -> None:
    x = draw(20, 11)
    outputs = linear(x)[:, 1]
    assert completeness(scale * x * WEIGHTS, outputs, np.zeros(20)).light == light


def test_without_a_change_there_is_nothing_to_explain() -> None:
    assert completeness(np.ones((3, 2)), np.ones(3), np.ones(3)).light == "amber"


def test_curves_agree_with_a_hand_computation() -> None:
    """Two features, one after the other: the probabilities can be written down."""
    x = np.array([[1.0, 1.0]])

    def predict(rows: np.ndarray) -> np.ndarray:
        return np.stack([np.zeros(len(rows)), rows @ [2.0, 1.0]], axis=1)

    found = measure_curves(predict, x, np.array([[2.0, 1.0]]), np.array([1]), np.zeros((1, 2)), orders=30)
    probability = [1 / (1 + np.exp(-logit)) for logit in (3, 1, 0)]
    np.testing.assert_allclose(found.deletion, probability)
    np.testing.assert_allclose(found.insertion, [0.5, 1 / (1 + np.exp(-2)), probability[0]])
    np.testing.assert_allclose(found.shares, [0, 0.5, 1])
    assert set(found.random_deletion[:, 1].round(6)) == {round(1 / (1 + np.exp(-v)), 6) for v in (1, 2)}


def judged(attributions: np.ndarray, seed: int = 0) -> Check:
    x = draw(30, 11)
    curves = measure_curves(linear, x, attributions, linear(x).argmax(axis=1), np.zeros(11), seed=seed)
    return faithfulness(curves)


def test_the_true_attributions_beat_random_orders_and_noise_does_not() -> None:
    x = draw(30, 11)
    sign = 2 * linear(x).argmax(axis=1)[:, None] - 1
    assert judged(sign * x * WEIGHTS).light == "green"
    assert judged(-sign * x * WEIGHTS).light == "withheld"
    assert judged(np.zeros((30, 11))).light == "withheld"
    lights = [judged(draw(30, 11, seed=seed), seed).light for seed in range(1, 21)]
    assert lights.count("green") <= 2


def test_curves_of_numbers_rank_by_size() -> None:
    x = draw(30, 11)

    def predict(rows: np.ndarray) -> np.ndarray:
        return linear(rows)[:, 1:]

    curves = measure_curves(predict, x, x * WEIGHTS, np.zeros(30, int), np.zeros(11))
    assert curves.deletion[0] == pytest.approx(1)
    assert curves.insertion[-1] == pytest.approx(1)
    assert faithfulness(curves).light == "green"


def test_one_attribution_can_stand_for_all_channels() -> None:
    x = draw(4, 3, 5, 5)

    def predict(rows: np.ndarray) -> np.ndarray:
        return np.stack([np.zeros(len(rows)), rows[:, :, 2, 2].sum(axis=1)], axis=1)

    attributions = np.zeros((4, 1, 5, 5))
    attributions[:, :, 2, 2] = 1
    curves = measure_curves(predict, x, attributions, np.ones(4, int), np.zeros(1))
    assert curves.shares[1] == pytest.approx(1 / 25)
    np.testing.assert_allclose(curves.deletion[1:], 0.5)  # the pixel with all its channels goes first
    np.testing.assert_allclose(curves.insertion[1:], curves.insertion[-1])
    with pytest.raises(BadInput, match="do not fit"):
        measure_curves(predict, x, attributions[:, 0], np.ones(4, int), np.zeros(1))


def test_rank_correlation_is_spearmans_of_the_sizes() -> None:
    from scipy.stats import spearmanr

    one, other = draw(3, 12), draw(3, 12, seed=1)
    wanted = np.mean([spearmanr(np.abs(a), np.abs(b)).statistic for a, b in zip(one, other, strict=True)])
    assert rank_correlation(one, other) == pytest.approx(wanted)
    assert rank_correlation(one, -one) == pytest.approx(1)
    assert rank_correlation(one, np.ones_like(one)) == 0
    holes = np.where(np.arange(12) < 4, np.nan, one)
    assert rank_correlation(holes, one) == pytest.approx(1)


def gradient(model: nn.Module, x: np.ndarray) -> np.ndarray:
    rows = torch.from_numpy(x).float().requires_grad_(True)
    (found,) = torch.autograd.grad(model(rows)[:, 0].sum(), rows)
    return found.numpy()


@pytest.fixture
def model() -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(30, 16), nn.Tanh(), nn.Linear(16, 16), nn.Tanh(), nn.Linear(16, 2)).eval()


def test_a_gradient_depends_on_the_weights_and_an_edge_detector_does_not(model: nn.Module) -> None:
    x = draw(10, 30)
    before = {name: value.clone() for name, value in model.state_dict().items()}
    stream = torch.get_rng_state()
    found = cascade(model, lambda changed: gradient(changed, x))
    assert found.layers == ("4", "2", "0")
    assert abs(found.correlations[-1]) < 0.3
    assert dependence([found]).light == "green"
    assert dependence([cascade(model, lambda changed: np.abs(x))]).light == "withheld"
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())
    assert torch.equal(stream, torch.get_rng_state())


def test_stages_are_few_and_end_with_every_layer(model: nn.Module) -> None:
    x = draw(3, 30)
    found = cascade(model, lambda changed: gradient(changed, x), stages=2)
    assert len(found.layers) == 2
    assert found.layers[-1] == "0"


def test_parameters_without_a_reset_are_randomised_too() -> None:
    class Scale(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.scale = nn.Parameter(torch.linspace(-1, 1, 30))

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return (x * self.scale).sum(dim=1, keepdim=True)

    found = cascade(Scale(), lambda changed: gradient(changed, draw(2, 30)))
    assert abs(found.correlations[-1]) < 0.5


def test_the_inputs_zeros_do_not_hide_in_the_gradient_part(model: nn.Module) -> None:
    """explain.md: a product with the input stays correlated through its zeros, whatever the weights are."""
    x = np.where(np.arange(30) < 15, 0, draw(10, 30)).astype(np.float32)
    product = dependence([cascade(model, lambda changed: x * gradient(changed, x))])
    part = dependence([cascade(model, lambda changed: gradient_part(x * gradient(changed, x), x, np.zeros(30)))])
    assert product.light == "withheld"
    assert part.light == "green"


def test_sensitivity_of_a_linear_model_is_none_and_of_a_step_is_large() -> None:
    x = draw(10, 11).astype(np.float32)
    assert max_sensitivity(lambda rows: np.broadcast_to(WEIGHTS, rows.shape), x).max() == 0
    jumpy = max_sensitivity(lambda rows: np.sin(300 * rows), x)
    assert stability(jumpy).light == "amber"
    exact = max_sensitivity(lambda rows: rows, x, radius=0.1, draws=30)
    bound = 0.1 * np.sqrt(11) / np.linalg.norm(x, axis=1)
    assert (exact <= bound + 1e-6).all()
    assert (exact > bound / 3).all()
    with pytest.raises(BadInput, match="Token ids"):
        max_sensitivity(lambda rows: rows, np.ones((2, 3), np.int64))


def test_the_light_is_the_worst_of_the_checks() -> None:
    green, amber, withheld = (Check(light, light, f"Is {light}.") for light in ("green", "amber", "withheld"))
    assert trust([green, None]).light == "green"
    assert trust([green, amber]).light == "amber"
    assert trust([amber, withheld, green]).light == "withheld"
    assert trust([]).light == "amber"
    assert trust([amber]).document()["checks"][0]["key"] == "amber"


def test_rank_correlation_is_scipys_row_by_row() -> None:
    random = np.random.default_rng(0)
    first, second = random.normal(size=(2, 7, 3, 4))
    first[0, 0, :3] = second[1, 1, :2] = 0.5  # ties
    holes = first.copy()
    holes[2, 0] = np.nan
    holes[3] = np.nan  # nothing left
    for one in (first, holes):
        expected = []
        for a, b in zip(np.abs(one).reshape(7, -1), np.abs(second).reshape(7, -1), strict=True):
            known = np.isfinite(a)
            expected.append(spearmanr(a[known], b[known]).statistic if known.any() else 0.0)
        assert rank_correlation(one, second) == pytest.approx(np.mean(expected))
    assert rank_correlation(np.ones((2, 5)), second[:2, 0, :1] * np.arange(5)) == 0
