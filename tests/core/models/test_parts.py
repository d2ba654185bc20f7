"""Contracts of activations, norms and initialisations, and their numbers against the papers' formulas."""

import re

import numpy as np
import pytest
import torch
from torch import nn

from core.data.graph import Graph, both_ways
from core.models.base import ModelInput
from core.models.catalogue import ARCHITECTURES
from core.models.parts.activation_table import ACTIVATION_GAINS
from core.models.parts.activations import ACTIVATION_CLASSES, make_activation
from core.models.parts.catalogue import ACTIVATIONS, INITIALISATIONS, NORMS
from core.models.parts.curves import ACTIVATION_CURVES, normal_signal
from core.models.parts.grouped import GroupedLinear
from core.models.parts.norms import NORM_BUILDERS, make_norm, norm_groups
from core.models.parts.weight_norms import WEIGHT_NORMS
from tests.core.models.outputs_for_tests import outputs_of

torch.set_num_threads(1)
SYMMETRIC = ("constant", "zeros")
RESIDUAL = ("zero_residual", "fixup", "t_fixup")


def initialised(key, model, activation="relu", seed=0, batch=None, **params):
    if INITIALISATIONS[key].needs_batch:
        params["batch"] = batch
    torch.manual_seed(seed)
    INITIALISATIONS[key].load()(model, activation, **params)
    return model


def suits(key, architecture, **params):
    return not INITIALISATIONS[key].faults(architecture, {**ARCHITECTURES[architecture].defaults(), **params})


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
    assert list(ACTIVATIONS) == list(ACTIVATION_CLASSES) == list(ACTIVATION_GAINS) == list(ACTIVATION_CURVES)
    assert all(type(spec.load()()) is type(make_activation(key)) for key, spec in ACTIVATIONS.items())
    assert all(type(make_activation(key)) is kind for key, kind in ACTIVATION_CLASSES.items())
    assert len(set(ACTIVATION_CLASSES.values())) == len(ACTIVATION_CLASSES)
    assert list(NORMS) == [*NORM_BUILDERS, *WEIGHT_NORMS]
    builders = {**NORM_BUILDERS, **WEIGHT_NORMS}
    assert all(spec.load() is builders[key] for key, spec in NORMS.items())
    assert {key for key, spec in NORMS.items() if spec.of_weights} == set(WEIGHT_NORMS)


QUICK = ("mlp", "cnn", "residual_cnn", "lstm", "transformer", "vit", "gcn")
ELEMENTWISE = [key for key in ACTIVATIONS if key != "maxout"]


@pytest.mark.parametrize("key", ELEMENTWISE)
def test_activation(key):
    module = make_activation(key)
    assert module is not make_activation(key)
    z = torch.linspace(-500, 500, 100_001)
    values = module(z).detach()
    assert key == "identity" or not torch.equal(values, z)
    assert torch.equal(z, torch.linspace(-500, 500, 100_001))
    lowest, highest = ACTIVATIONS[key].lowest, ACTIVATIONS[key].highest
    assert lowest is None or lowest - 1e-2 <= values.min() <= lowest + 1e-2
    assert highest is None or highest - 1e-2 <= values.max() <= highest
    assert lowest is not None or values.min() <= -0.5
    assert highest is not None or values.max() >= 500 - 1e-3


@pytest.mark.parametrize("key", ELEMENTWISE)
def test_gain_keeps_the_mean_square(key):
    z = torch.linspace(-12, 12, 240_001, dtype=torch.float64)
    density = torch.exp(-z * z / 2) / (2 * torch.pi) ** 0.5
    values = make_activation(key).double()(z).detach()
    mean_square = torch.trapezoid(values**2 * density, z)
    assert ACTIVATION_GAINS[key] == pytest.approx(float(mean_square) ** -0.5, abs=1e-6)
    signal = normal_signal(key)
    assert signal.gain == ACTIVATION_GAINS[key]
    assert signal.mean == pytest.approx(float(torch.trapezoid(values * density, z)), abs=1e-6)
    assert signal.variance + signal.mean**2 == pytest.approx(float(mean_square), rel=1e-6)


def test_gain_of_maxout_is_that_of_two_independent_pieces():
    z = torch.randn(400_000, 2, generator=torch.Generator().manual_seed(0))
    values = make_activation("maxout")(z)
    assert float(values.square().mean()) ** -0.5 == pytest.approx(ACTIVATION_GAINS["maxout"], rel=0.005)
    signal = normal_signal("maxout")
    assert signal.mean == pytest.approx(float(values.mean()), abs=0.005)
    assert signal.variance == pytest.approx(float(values.var()), rel=0.01)


@pytest.mark.parametrize("key", ACTIVATIONS)
def test_the_drawn_curve_is_the_module_and_its_derivative(key):
    z = torch.linspace(-7.013, 7.017, 1001, dtype=torch.float64, requires_grad=True)  # meets no corner
    given = torch.stack([z, -z / 2], dim=1) if key == "maxout" else z
    values = make_activation(key).double()(given).reshape(z.shape)
    (slopes,) = torch.autograd.grad(values.sum(), z)
    value, slope = ACTIVATION_CURVES[key](z.detach().numpy())
    assert value == pytest.approx(values.detach().numpy(), abs=1e-9)
    assert slope == pytest.approx(slopes.numpy(), abs=1e-8)


@pytest.mark.parametrize("axes", [0, 1, 2])
@pytest.mark.parametrize("key", NORM_BUILDERS)
def test_norm(key, axes):
    if key == "instance" and not axes:
        pytest.skip("a single value has no spread")
    x = 3 + 5 * torch.randn(16, 8, *(6,) * axes, generator=torch.Generator().manual_seed(0))
    y = make_norm(key, 8, axes)(x)
    assert y.shape == x.shape
    if key == "none":
        assert torch.equal(y, x)
        return
    if key == "rms":
        square = x.square().mean(dim=tuple(range(1, x.ndim)), keepdim=True)
        assert torch.allclose(y, x / square.sqrt(), atol=1e-4)
        return
    dims = {"batch": [0, *range(2, x.ndim)], "instance": list(range(2, x.ndim))}.get(key, list(range(1, x.ndim)))
    assert y.mean(dim=dims).abs().max() < 1e-4
    assert (y.std(dim=dims, unbiased=False) - 1).abs().max() < 1e-2


def test_norm_groups():
    assert [norm_groups(n) for n in (1, 2, 3, 4, 7, 8, 12, 16, 512)] == [1, 1, 1, 2, 1, 4, 6, 8, 8]


KEPT = 0.7737413  # of a normal distribution's variance, cut at two standard deviations
VARIANCES = {
    "default": 1 / (3 * 400),
    "xavier_uniform": 2 / (400 + 600),
    "xavier_normal": 2 / (400 + 600),
    "he_uniform": 2 / 400,
    "he_normal": 2 / 400,
    "lecun_uniform": 1 / 400,
    "lecun_normal": 1 / 400,
    "orthogonal": 2 / 600,
    "normal": 0.01**2,
    "truncated_normal": KEPT * 0.02**2,
    "sparse": 2 / 400,
    "identity": 1 / 600 - 1 / 600**2 + 0.01**2,
    "lsuv": 1 / 400,
    "constant": 0.0,
    "zeros": 0.0,
}
DENSE = [key for key in INITIALISATIONS if key not in RESIDUAL]


@pytest.mark.parametrize("key", DENSE)
def test_variance_of_a_dense_layer(key):
    batch = torch.randn(256, 400, generator=torch.Generator().manual_seed(2))
    layer = initialised(key, wide(nn.Linear(400, 600)), batch=batch)[0]
    assert layer.weight.var().item() == pytest.approx(VARIANCES[key], rel=0.02, abs=1e-12)
    assert key == "default" or not layer.bias.any()


@pytest.mark.parametrize("key", DENSE)
def test_variance_of_a_convolution_counts_the_filter_in_the_fan(key):
    batch = torch.randn(8, 40, 30, 30, generator=torch.Generator().manual_seed(2))
    weight = initialised(key, wide(nn.Conv2d(40, 160, 3)), batch=batch)[0].weight
    fan_in, fan_out = 40 * 9, 160 * 9
    expected = {
        "default": 1 / (3 * fan_in),
        "xavier_uniform": 2 / (fan_in + fan_out),
        "xavier_normal": 2 / (fan_in + fan_out),
        "he_uniform": 2 / fan_in,
        "he_normal": 2 / fan_in,
        "lecun_uniform": 1 / fan_in,
        "lecun_normal": 1 / fan_in,
        "orthogonal": 2 / fan_in,
        "normal": 1e-4,
        "truncated_normal": KEPT * 4e-4,
        "sparse": 2 / fan_in,
        "identity": 1 / (160 * 9) + 1e-4,
        "lsuv": 1 / fan_in,
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
    assert variance("he_normal", "prelu") == pytest.approx(2 / 1.0625 / 400, rel=0.02)
    assert variance("he_normal", "maxout") == pytest.approx(1 / 400, rel=0.02)
    assert variance("sparse", "tanh") == pytest.approx(1.5925**2 / 400, rel=0.03)
    assert variance("sparse", connections=40, std=1.0) == pytest.approx(40 / 400, rel=0.03)


def test_each_layer_takes_the_gain_of_the_activation_it_reads_from():
    params = {"depth": 3, "width": 200, "activations": "tanh, sigmoid, maxout"}
    model = ARCHITECTURES["mlp"].load()(ModelInput("tabular", (200,)), 200, **params)
    initialised("orthogonal", model, "relu")
    layers = [module for module in model.modules() if isinstance(module, nn.Linear)]
    found = [layer.weight.square().sum(dim=0).mean().item() ** 0.5 for layer in layers]
    gains = [ACTIVATION_GAINS[key] for key in ("tanh", "tanh", "sigmoid", "maxout")]
    assert found == pytest.approx(gains, rel=1e-4)
    initialised("he_normal", model, "relu")
    assert layers[3].weight.var().item() == pytest.approx(1 / 200, rel=0.05)  # after maxout
    assert layers[2].weight.var().item() == pytest.approx(2 / 200, rel=0.05)


def test_sparse_units_keep_fifteen_inputs_each():
    for layer in (nn.Linear(100, 40), nn.Conv1d(20, 40, 5)):
        weight = initialised("sparse", wide(layer))[0].weight.flatten(1)
        assert ((weight != 0).sum(dim=1) == 15).all()
        assert (weight != 0).any(dim=0).sum() > 90
    assert ((initialised("sparse", wide(nn.Linear(6, 8)))[0].weight != 0).sum(dim=1) == 6).all()


def test_identity_passes_its_input_on():
    x = torch.randn(5, 6)
    assert torch.equal(initialised("identity", wide(nn.Linear(6, 6)), noise=0)(x), x)
    wider = initialised("identity", wide(nn.Linear(6, 9)), noise=0)(x)
    assert torch.equal(wider[:, :6], x)
    assert not wider[:, 6:].any()
    assert torch.equal(initialised("identity", wide(nn.Linear(6, 4)), noise=0)(x), x[:, :4])
    image = torch.randn(2, 3, 5, 5)
    assert torch.equal(initialised("identity", wide(nn.Conv2d(3, 3, 3, padding=1)), noise=0)(image), image)
    cell = initialised("identity", wide(nn.GRU(4, 4)), noise=0)[0]
    assert all(torch.equal(gate, torch.eye(4)) for gate in cell.weight_hh_l0.split(4))
    assert initialised("identity", wide(nn.Linear(6, 9)))[0].weight[8].any()


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


@pytest.mark.parametrize("key", DENSE)
def test_initialisation_leaves_norms_and_embeddings_and_follows_the_seed(key):
    def model():
        torch.manual_seed(3)
        return ARCHITECTURES["cnn"].load()(ModelInput("text", (9,), 20), 2)

    words = torch.randint(0, 20, (32, 9), generator=torch.Generator().manual_seed(1))
    plain, first, same, other = model(), *(initialised(key, model(), seed=seed, batch=words) for seed in (5, 5, 6))
    assert torch.equal(first.embedding.weight, plain.embedding.weight)
    assert torch.equal(first.hidden1.norm.weight, torch.ones(16))
    weights = [m.hidden2.conv.weight for m in (plain, first, same, other)]
    assert torch.equal(weights[1], weights[2])
    assert torch.equal(weights[0], weights[1]) == (key == "default")
    assert torch.equal(weights[1], weights[3]) == (key in (*SYMMETRIC, "default"))
    assert all(parameter.requires_grad for parameter in first.parameters())


NORMLESS = {"fixup": {"norm": "none"}, "t_fixup": {"norm_place": "none"}}


@pytest.mark.parametrize("key", INITIALISATIONS)
@pytest.mark.parametrize(
    "architecture",
    [key if key in QUICK else pytest.param(key, marks=pytest.mark.slow) for key in ARCHITECTURES],
)
def test_every_initialisation_runs_on_every_architecture(key, architecture):
    params = NORMLESS.get(key, {})
    if not suits(key, architecture, **params):
        (sentence,) = INITIALISATIONS[key].faults(architecture, {**ARCHITECTURES[architecture].defaults(), **params})
        assert key in sentence
        assert ", or " in sentence
        return
    if "image" in ARCHITECTURES[architecture].kinds:
        model_input, rows = (
            ModelInput("image", (1, 8, 8)),
            torch.rand(64, 1, 8, 8, generator=torch.Generator().manual_seed(0)),
        )
    elif ARCHITECTURES[architecture].kinds == ("text",):
        model_input = ModelInput("text", (6,), 20)
        rows = torch.randint(1, 20, (64, 6), generator=torch.Generator().manual_seed(0))
    elif "graph" not in ARCHITECTURES[architecture].kinds:
        model_input, rows = ModelInput("tabular", (6,)), torch.rand(64, 6, generator=torch.Generator().manual_seed(0))
    else:
        graph = Graph(torch.rand(5, 6).numpy(), both_ways(np.array([[0, 1], [1, 2], [3, 4]])))
        model_input, rows = ModelInput("graph", (1,), graph=graph), torch.arange(64)[:, None] % 5
    activation = ARCHITECTURES[architecture].defaults().get("activation", "tanh")

    def start():
        torch.manual_seed(2)
        model = ARCHITECTURES[architecture].load()(model_input, outputs_of(architecture, model_input, 3), **params)
        return initialised(key, model, activation, batch=rows)

    model, again = start(), start()
    assert all(torch.equal(a, b) for a, b in zip(model.state_dict().values(), again.state_dict().values(), strict=True))
    assert all(module.training for module in model.modules())
    assert not any(module._forward_hooks or module._forward_pre_hooks for module in model.modules())
    outputs = model(rows)
    assert outputs.isfinite().all()
    nn.functional.cross_entropy(outputs, torch.arange(64) % 3).backward()
    assert all(p.grad is None or p.grad.isfinite().all() for p in model.parameters())
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
