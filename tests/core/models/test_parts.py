"""Contracts of activations, norms and initialisations, and their numbers against the papers' formulas."""

import re

import pytest
import torch
from torch import nn

from core.models.base import ModelInput
from core.models.catalogue import ARCHITECTURES
from core.models.parts.activations import ACTIVATION_CLASSES, ACTIVATION_GAINS, make_activation
from core.models.parts.catalogue import ACTIVATIONS, INITIALISATIONS, NORMS
from core.models.parts.grouped import GroupedLinear
from core.models.parts.norms import NORM_BUILDERS, make_norm, norm_groups

torch.set_num_threads(1)
SYMMETRIC = ("constant", "zeros")


def initialised(key, model, activation="relu", seed=0, **params):
    torch.manual_seed(seed)
    INITIALISATIONS[key].load()(model, activation, **params)
    return model


def wide(*layers):
    torch.manual_seed(1)
    return nn.Sequential(*layers)


@pytest.mark.parametrize("catalogue", [ACTIVATIONS, NORMS, INITIALISATIONS], ids=lambda c: c.family)
def test_entries(catalogue):
    for spec in catalogue.values():
        assert re.search(r"\b(19|20)\d\d\b", spec.article), spec.key
        assert callable(spec.load())
        for param in spec.params:
            assert param.parse(param.default) == param.default


def test_tables_agree_with_the_catalogue():
    assert list(ACTIVATIONS) == list(ACTIVATION_CLASSES) == list(ACTIVATION_GAINS)
    assert all(spec.load() is ACTIVATION_CLASSES[key] for key, spec in ACTIVATIONS.items())
    assert list(NORMS) == list(NORM_BUILDERS)
    assert all(spec.load() is NORM_BUILDERS[key] for key, spec in NORMS.items())


@pytest.mark.parametrize("key", ACTIVATIONS)
def test_activation(key):
    module = make_activation(key)
    assert module is not make_activation(key)
    z = torch.linspace(-50, 50, 10_001)
    values = module(z)
    assert values is z or not torch.equal(values, z)
    assert torch.equal(z, torch.linspace(-50, 50, 10_001))
    lowest, highest = ACTIVATIONS[key].lowest, ACTIVATIONS[key].highest
    assert lowest is None or lowest - 1e-2 <= values.min() <= lowest + 1e-2
    assert highest is None or highest - 1e-2 <= values.max() <= highest
    assert lowest is not None or values.min() <= -0.5
    assert highest is not None or values.max() >= 50 - 1e-3


@pytest.mark.parametrize("key", ACTIVATIONS)
def test_gain_keeps_the_mean_square(key):
    z = torch.linspace(-12, 12, 240_001, dtype=torch.float64)
    density = torch.exp(-z * z / 2) / (2 * torch.pi) ** 0.5
    mean_square = torch.trapezoid(make_activation(key)(z) ** 2 * density, z)
    assert ACTIVATION_GAINS[key] == pytest.approx(float(mean_square) ** -0.5, abs=1e-5)


@pytest.mark.parametrize("axes", [0, 1, 2])
@pytest.mark.parametrize("key", NORMS)
def test_norm(key, axes):
    x = 3 + 5 * torch.randn(16, 8, *(6,) * axes, generator=torch.Generator().manual_seed(0))
    y = make_norm(key, 8, axes)(x)
    assert y.shape == x.shape
    if key == "none":
        assert torch.equal(y, x)
        return
    dims = [0, *range(2, x.ndim)] if key == "batch" else list(range(1, x.ndim))
    assert y.mean(dim=dims).abs().max() < 1e-4
    assert (y.std(dim=dims, unbiased=False) - 1).abs().max() < 1e-2


def test_norm_groups():
    assert [norm_groups(n) for n in (1, 2, 3, 4, 7, 8, 12, 16, 512)] == [1, 1, 1, 2, 1, 4, 6, 8, 8]


VARIANCES = {
    "default": 1 / (3 * 400),
    "xavier_uniform": 2 / (400 + 600),
    "xavier_normal": 2 / (400 + 600),
    "he_uniform": 2 / 400,
    "he_normal": 2 / 400,
    "orthogonal": 2 / 600,
    "normal": 0.01**2,
    "constant": 0.0,
    "zeros": 0.0,
}


@pytest.mark.parametrize("key", INITIALISATIONS)
def test_variance_of_a_dense_layer(key):
    layer = initialised(key, wide(nn.Linear(400, 600)))[0]
    assert layer.weight.var().item() == pytest.approx(VARIANCES[key], rel=0.02, abs=1e-12)
    assert key == "default" or not layer.bias.any()


@pytest.mark.parametrize("key", INITIALISATIONS)
def test_variance_of_a_convolution_counts_the_filter_in_the_fan(key):
    weight = initialised(key, wide(nn.Conv2d(40, 160, 3)))[0].weight
    fan_in, fan_out = 40 * 9, 160 * 9
    expected = {
        "default": 1 / (3 * fan_in),
        "xavier_uniform": 2 / (fan_in + fan_out),
        "xavier_normal": 2 / (fan_in + fan_out),
        "he_uniform": 2 / fan_in,
        "he_normal": 2 / fan_in,
        "orthogonal": 2 / fan_in,
        "normal": 1e-4,
    }.get(key, 0.0)
    assert weight.var().item() == pytest.approx(expected, rel=0.03, abs=1e-12)


def test_params_and_activations_change_the_scale():
    def variance(key, activation="relu", **params):
        return initialised(key, wide(nn.Linear(400, 600)), activation, **params)[0].weight.var().item()

    assert variance("xavier_normal", gain=2.0) == pytest.approx(4 * 2 / 1000, rel=0.02)
    assert variance("he_normal", mode="fan_out") == pytest.approx(2 / 600, rel=0.02)
    assert variance("he_normal", "identity") == pytest.approx(1 / 400, rel=0.02)
    assert variance("he_normal", "leaky_relu") == pytest.approx(2 / 1.0001 / 400, rel=0.02)
    assert variance("orthogonal", "tanh") == pytest.approx(1.5925**2 / 600, rel=0.02)
    assert variance("orthogonal", "tanh", gain=1.0) == pytest.approx(1 / 600, rel=0.02)
    assert variance("normal", std=0.5) == pytest.approx(0.25, rel=0.02)


def test_orthogonal_keeps_lengths():
    weight = initialised("orthogonal", wide(nn.Linear(30, 50)), gain=1.0)[0].weight
    assert torch.allclose(weight.T @ weight, torch.eye(30), atol=1e-5)


@pytest.mark.parametrize(("cell", "gates"), [(nn.RNN, 1), (nn.LSTM, 4), (nn.GRU, 3)])
def test_recurrent_weights_are_filled_gate_by_gate(cell, gates):
    layer = initialised("orthogonal", wide(cell(20, 20)), gain=1.0)[0]
    for gate in layer.weight_hh_l0.split(20):
        assert torch.allclose(gate @ gate.T, torch.eye(20), atol=1e-5)
    assert len(layer.weight_hh_l0) == gates * 20
    assert not layer.bias_ih_l0.any()
    assert not layer.bias_hh_l0.any()
    xavier = initialised("xavier_normal", wide(cell(300, 300)))[0]
    for gate in xavier.weight_ih_l0.split(300):
        assert gate.var().item() == pytest.approx(2 / 600, rel=0.03)


def test_groups_are_filled_like_layers_of_their_own():
    convolution = initialised("xavier_normal", wide(nn.Conv2d(400, 400, 3, groups=400)))[0]
    assert convolution.weight.var().item() == pytest.approx(2 / (9 + 9), rel=0.05)
    votes = initialised("he_normal", wide(GroupedLinear(50, 20, 30)))[0]
    assert votes.weight.var().item() == pytest.approx(2 / 20, rel=0.03)
    assert all(
        torch.allclose(matrix.T @ matrix, torch.eye(20), atol=1e-5)
        for matrix in initialised("orthogonal", wide(GroupedLinear(5, 20, 30)), gain=1.0)[0].weight
    )
    inputs = torch.randn(4, 50, 20)
    assert torch.allclose(votes(inputs), torch.einsum("bgi,goi->bgo", inputs, votes.weight), atol=1e-5)


@pytest.mark.parametrize("key", INITIALISATIONS)
def test_initialisation_leaves_norms_and_embeddings_and_follows_the_seed(key):
    def model():
        torch.manual_seed(3)
        return ARCHITECTURES["cnn"].load()(ModelInput("text", (9,), 20), 2)

    plain, first, same, other = model(), *(initialised(key, model(), seed=seed) for seed in (5, 5, 6))
    assert torch.equal(first.embedding.weight, plain.embedding.weight)
    assert torch.equal(first.hidden1.norm.weight, torch.ones(16))
    weights = [m.hidden2.conv.weight for m in (plain, first, same, other)]
    assert torch.equal(weights[1], weights[2])
    assert torch.equal(weights[0], weights[1]) == (key == "default")
    assert torch.equal(weights[1], weights[3]) == (key in (*SYMMETRIC, "default"))
    assert all(parameter.requires_grad for parameter in first.parameters())


@pytest.mark.parametrize("key", INITIALISATIONS)
@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_every_initialisation_runs_on_every_architecture(key, architecture):
    shape = (1, 8, 8) if "image" in ARCHITECTURES[architecture].kinds else (6,)
    model = ARCHITECTURES[architecture].load()(ModelInput("image" if len(shape) > 1 else "tabular", shape), 3)
    activation = ARCHITECTURES[architecture].defaults().get("activation", "tanh")
    initialised(key, model, activation)
    assert model(torch.rand(4, *shape)).isfinite().all()
    if key == "zeros":
        weights = (nn.Linear, nn.Conv1d, nn.Conv2d, nn.RNNBase, GroupedLinear)
        layers = [module for module in model.modules() if isinstance(module, weights)]
        assert layers
        assert not any(parameter.any() for layer in layers for parameter in layer.parameters())


def test_he_keeps_the_signal_through_fifty_relu_layers_and_the_default_does_not():
    def growth(key):
        torch.manual_seed(0)
        model = ARCHITECTURES["mlp"].load()(ModelInput("tabular", (256,)), 10, depth=50, width=256)
        initialised(key, model)
        outputs = model(torch.randn(64, 256))
        return outputs.pow(2).mean().sqrt().item()

    assert 0.1 < growth("he_normal") < 10
    assert 0.1 < growth("orthogonal") < 10
    assert growth("xavier_normal") < 1e-6
    with_bias = ARCHITECTURES["mlp"].load()(ModelInput("tabular", (256,)), 10, depth=50, width=256)
    assert with_bias(torch.randn(64, 256)).std(dim=0).max() < 1e-6


def test_symmetric_starts_stay_symmetric():
    model = ARCHITECTURES["mlp"].load()(ModelInput("tabular", (6,)), 2, depth=2, width=5, activation="tanh")
    initialised("constant", model, "tanh")
    x = torch.randn(16, 6, generator=torch.Generator().manual_seed(0))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.5)
    for _step in range(5):
        optimizer.zero_grad()
        nn.functional.cross_entropy(model(x), (x[:, 0] > 0).long()).backward()
        optimizer.step()
    rows = model.hidden2.linear.weight
    assert torch.allclose(rows, rows[:1].expand_as(rows), atol=1e-6)
    assert (rows - 0.1).abs().max() > 1e-4
