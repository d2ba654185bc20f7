"""Norms of values and of weights, dropout kinds and residual branches: against the papers' formulas and torch's own."""

import copy

import pytest
import torch
from torch import nn

from core.errors import BadInput
from core.models.base import ModelInput
from core.models.catalogue import ARCHITECTURES
from core.models.parts.catalogue import INITIALISATIONS
from core.models.parts.dropout import add_dropout, make_convolution, make_linear_layer
from core.models.parts.norms import make_norm
from core.models.parts.parametrised import make_plain, plain_weights
from core.models.parts.residual import LearnedScale, StochasticDepth, branch_end, drop_rate
from core.models.parts.weight_norms import WEIGHT_NORMS, normalise_weight
from core.models.summary import count_parameters, summarise
from core.probes.layers import find_layers
from core.train.faults import tells_modes_apart

torch.set_num_threads(1)
IMAGE, TABLE, SERIES = ModelInput("image", (1, 8, 8)), ModelInput("tabular", (5,)), ModelInput("sequence", (12, 3))
NORMS = ("none", "batch", "layer", "group", "instance", "rms", "weight", "spectral")


def built(key, model_input=IMAGE, **params):
    torch.manual_seed(0)
    return ARCHITECTURES[key].load()(model_input, 4, **params)


def rows(model_input, count=6):
    return torch.randn(count, *model_input.shape, generator=torch.Generator().manual_seed(1))


EVERY = [
    *(("mlp", TABLE, {"norm": n, "norm_place": p}) for n in NORMS if n not in ("group", "instance") for p in ("before", "after")),
    ("mlp", TABLE, {"skip": True, "learn_residual_scale": True, "residual_scale": 0.5, "stochastic_depth": 0.4}),
    ("mlp", TABLE, {"dropout": 0.4, "dropout_kind": "dropconnect", "norm": "weight"}),
    *(("cnn", i, {"norm": n, "norm_place": p, "dropout": 0.2, "dropout_kind": k})
      for i, n, p, k in zip((IMAGE, SERIES) * 4, NORMS, ("before", "after", "after", "before") * 2,
                            ("unit", "spatial", "dropconnect", "spatial") * 2, strict=True)),
    *(("residual_cnn", IMAGE, {"norm": n, "order": o, "blocks": 2, "learn_residual_scale": True, "stochastic_depth": 0.2})
      for n in NORMS for o in ("post", "pre")),
    *(("transformer", SERIES, {"norm_kind": n, "norm_place": p, "learn_residual_scale": True, "stochastic_depth": 0.2})
      for n in ("layer", "rms") for p in ("before", "after")),
]  # fmt: skip


@pytest.mark.parametrize(("key", "model_input", "params"), EVERY)
def test_every_choice_trains_and_is_counted(key, model_input, params):
    model = built(key, model_input, **params)
    nn.functional.cross_entropy(model(rows(model_input)), torch.arange(6) % 4).backward()
    assert all(p.grad is not None and p.grad.isfinite().all() for p in model.parameters())
    assert ARCHITECTURES[key].parameters(model_input, 4, params) == count_parameters(model)
    x = rows(model_input)
    table = summarise(model, x)
    assert sum(row.parameters for row in table) == count_parameters(model)
    assert not any("parametrizations" in row.name or row.type.startswith("Parametrized") for row in table)
    layers = find_layers(model)
    assert not any("parametrizations" in layer.name for layer in layers)
    assert all(len(layer.weights) == 1 for layer in layers)
    model.eval()
    assert torch.equal(model(x), model(x))
    assert torch.allclose(model(x)[:2], model(x[:2]), atol=1e-5)


@pytest.mark.parametrize("norm", ["instance", "rms", "group", "layer"])
def test_no_row_sees_the_others(norm):
    x = rows(SERIES).transpose(1, 2)
    module = make_norm(norm, 3, 1)
    assert torch.allclose(module(x)[:1], module(x[:1]), atol=1e-6)


def test_a_bias_stands_where_the_norm_leaves_one():
    assert built("cnn", norm="instance").hidden1.conv.bias is None
    assert built("cnn", norm="batch", norm_place="after").hidden1.conv.bias is not None
    names = [name for name, _ in built("cnn", norm="batch", norm_place="after").hidden1.named_children()]
    assert names == ["conv", "activation", "norm", "pool"]
    assert built("residual_cnn", norm="instance").stage1_block1.conv2.bias is None


@pytest.mark.parametrize("make", [lambda: nn.Linear(6, 4), lambda: nn.Conv2d(3, 4, 3)], ids=["dense", "convolution"])
def test_weight_norm_agrees_with_torchs(make):
    torch.manual_seed(0)
    layer = make()
    start, theirs = layer.weight.detach().clone(), nn.utils.parametrizations.weight_norm(copy.deepcopy(layer))
    ours = normalise_weight(layer, "weight")
    assert torch.allclose(ours.weight, start, atol=1e-6)
    assert ours.parametrizations.weight.original0.shape == (4,)
    target = torch.randn_like(start)
    for one in (ours, theirs):
        (one.weight * target).sum().backward()
    for ours_, theirs_ in zip(ours.parametrizations.parameters(), theirs.parametrizations.parameters(), strict=True):
        assert torch.allclose(ours_.grad.flatten(), theirs_.grad.flatten(), atol=1e-6)


def test_a_row_of_zeros_can_learn_under_weight_norm():
    layer = nn.Linear(3, 2, bias=False)
    nn.init.zeros_(layer.weight)
    normalise_weight(layer, "weight")
    assert torch.equal(layer.weight, torch.zeros(2, 3))
    (layer.weight * torch.tensor([[1.0, 2.0, 3.0], [0.0, 0.0, 0.0]])).sum().backward()
    assert torch.allclose(layer.parametrizations.weight.original0.grad, torch.tensor([6 / 3**0.5, 0.0]))


@pytest.mark.parametrize("make", [lambda: nn.Linear(6, 4), lambda: nn.Conv2d(3, 4, 3)], ids=["dense", "convolution"])
def test_spectral_norm_agrees_with_linear_algebra_and_with_torchs(make):
    torch.manual_seed(0)
    layer = make()
    start, theirs = layer.weight.detach().clone(), nn.utils.parametrizations.spectral_norm(copy.deepcopy(layer))
    state = torch.get_rng_state()
    ours = normalise_weight(layer, "spectral")
    assert torch.equal(state, torch.get_rng_state())
    for _ in range(200):
        _ = ours.weight, theirs.weight  # each reading is a round
    sigma = torch.linalg.matrix_norm(start.flatten(1), 2)
    assert torch.allclose(ours.weight, start / sigma, atol=1e-4)
    target = torch.randn_like(start)
    for one in (ours, theirs):
        (one.weight * target).sum().backward()
    mine, other = (one.parametrizations.weight.original.grad for one in (ours, theirs))
    assert torch.allclose(mine, other, atol=1e-4)


def test_spectral_norm_stands_still_in_evaluation_and_starts_from_zeros():
    layer = normalise_weight(nn.Linear(6, 4), "spectral").eval()
    before = copy.deepcopy(layer.state_dict())
    layer(torch.randn(3, 6))
    assert all(torch.equal(value, before[name]) for name, value in layer.state_dict().items())
    layer.weight = torch.zeros(4, 6)
    layer.train()
    assert not layer.weight.any()
    with torch.no_grad():
        layer.parametrizations.weight.original.normal_()
    for _ in range(100):
        weight = layer.weight
    assert torch.linalg.matrix_norm(weight, 2).item() == pytest.approx(1, abs=1e-3)


@pytest.mark.parametrize("norm", WEIGHT_NORMS)
@pytest.mark.parametrize("key", ["he_normal", "orthogonal", "zeros", "constant"])
def test_initial_weights_reach_a_weight_that_is_computed(norm, key):
    plain, normed = built("cnn", norm="none"), built("cnn", norm=norm)
    for model in (plain, normed):
        torch.manual_seed(3)
        INITIALISATIONS[key].load()(model, "relu")
    for name in ("hidden1", "hidden2"):
        weight = plain.get_submodule(name).conv.weight
        if norm == "spectral" and key != "zeros":
            weight = weight / torch.linalg.matrix_norm(weight.flatten(1), 2)
        assert torch.allclose(
            normed.get_submodule(name).conv.weight, weight, rtol=0.1, atol=1e-6
        )  # 15 rounds find sigma nearly
    assert normed(rows(IMAGE)).isfinite().all()


@pytest.mark.parametrize("norm", WEIGHT_NORMS)
def test_a_plain_copy_computes_the_same_and_leaves_its_original(norm):
    model = built("residual_cnn", norm=norm)
    model(rows(IMAGE))
    model.eval()
    expected, copied = model(rows(IMAGE)), copy.deepcopy(model)
    weights = plain_weights(copied)
    make_plain(copied)
    assert torch.equal(copied(rows(IMAGE)), expected)
    assert torch.equal(model(rows(IMAGE)), expected)
    assert type(copied.stem.conv) is nn.Conv2d
    assert set(weights) == set(copied.state_dict())
    assert all(torch.equal(weights[name], value) for name, value in copied.state_dict().items())


def test_drop_connect_drops_weights():
    torch.manual_seed(0)
    layer = make_linear_layer(1000, 3, False, "dropconnect", 0.3)
    x = torch.eye(1000)
    seen = layer(x).T / layer.weight
    kept = seen.detach().abs() > 1e-6
    assert kept.float().mean().item() == pytest.approx(0.7, abs=0.03)
    assert torch.allclose(seen[kept], torch.tensor(1 / 0.7))
    assert torch.equal(layer.eval()(x), nn.functional.linear(x, layer.weight))
    convolution = make_convolution(3, 4, 3, 1, True, "dropconnect", 0.5)
    series = rows(SERIES).transpose(1, 2)
    assert not torch.equal(convolution(series), convolution(series))
    expected = nn.functional.conv1d(series, convolution.weight, convolution.bias, padding=1)
    assert torch.equal(convolution.eval()(series), expected)
    assert type(make_linear_layer(4, 4, True, "dropconnect", 0.0)) is nn.Linear


def test_spatial_dropout_drops_whole_channels():
    block = nn.Sequential()
    add_dropout(block, "spatial", 0.5, 2)
    torch.manual_seed(0)
    channels = block(torch.ones(40, 30, 4, 4)).flatten(2)
    assert torch.equal(channels.amin(2), channels.amax(2))
    assert channels[..., 0].mean().item() == pytest.approx(1, abs=0.1)


def test_stochastic_depth_drops_the_branch_of_whole_rows():
    torch.manual_seed(0)
    drop = StochasticDepth(0.25)
    branch = drop(torch.ones(4000, 3, 2)).flatten(1)
    assert torch.equal(branch.amin(1), branch.amax(1))
    assert branch.unique().tolist() == pytest.approx([0, 4 / 3])
    assert (branch[:, 0] == 0).float().mean().item() == pytest.approx(0.25, abs=0.03)
    x = rows(IMAGE)
    assert drop.eval()(x) is x


@pytest.mark.parametrize(
    ("key", "model_input", "params", "count"),
    [("mlp", TABLE, {"depth": 5, "skip": True}, 1), ("residual_cnn", IMAGE, {"stages": 2, "blocks": 2}, 1),
     ("transformer", SERIES, {"blocks": 4}, 2)],
)  # fmt: skip
def test_it_rises_linearly_over_the_blocks(key, model_input, params, count):
    model = built(key, model_input, stochastic_depth=0.4, **params)
    rates = [module.p for module in model.modules() if isinstance(module, StochasticDepth)]
    assert rates == pytest.approx([rate for rate in (0.1, 0.2, 0.3, 0.4) for _ in range(count)])
    assert drop_rate(1, 1, 0.4) == 0.4


def test_a_scale_multiplies_the_branch_and_learned_from_zero_it_starts_as_the_identity():
    plain, scaled = built("mlp", TABLE, skip=True), built("mlp", TABLE, skip=True, residual_scale=0.25)
    x = torch.randn(6, 64)
    assert torch.allclose(scaled.hidden2(x), x + 0.25 * (plain.hidden2(x) - x), atol=1e-6)
    for key, model_input in (("mlp", TABLE), ("residual_cnn", IMAGE), ("transformer", SERIES)):
        skip = {"skip": True} if key == "mlp" else {}
        model = built(key, model_input, residual_scale=0.0, learn_residual_scale=True, **skip)
        scales = [module.scale for module in model.modules() if isinstance(module, LearnedScale)]
        assert len(scales) == {"mlp": 2, "residual_cnn": 3, "transformer": 4}[key]
        model(rows(model_input)).square().sum().backward()
        assert all(scale.grad.abs() > 0 for scale in scales)
    assert torch.equal(built("mlp", TABLE, skip=True, residual_scale=0, learn_residual_scale=True).hidden2(x), x)
    assert branch_end(1.0, False, 0.0) is None


def test_the_default_has_none_of_it():
    names = [name for name, _ in built("residual_cnn").named_modules()] + [n for n, _ in built("mlp").named_modules()]
    assert not any(name.rpartition(".")[2] in ("end", "scale", "drop", "last") for name in names)


def test_pre_activation_leaves_the_sum_alone():
    block = built("residual_cnn", order="pre").stage1_block1.eval()
    x = torch.randn(2, 16, 8, 8)
    branch = block.conv2(torch.relu(block.norm2(block.conv1(torch.relu(block.norm1(x))))))
    assert torch.allclose(block(x), x + branch, atol=1e-6)
    model = built("residual_cnn", order="pre", norm="none")
    assert [layer.activation_type for layer in find_layers(model)][:3] == ["ReLU"] * 3


@pytest.mark.parametrize(
    ("key", "model_input", "params", "words"),
    [
        ("mlp", TABLE, {"stochastic_depth": 0.2}, "there is none; switch skip on"),
        ("mlp", TABLE, {"residual_scale": 0.5, "skip": True, "depth": 1}, "depth of at least 2"),
        ("mlp", TABLE, {"residual_scale": 0.0, "skip": True}, "residual_scale is 0"),
        ("mlp", TABLE, {"norm": "rms", "width": 1}, "width of at least 2"),
        ("transformer", SERIES, {"residual_scale": 0.0}, "residual_scale is 0"),
        ("residual_cnn", IMAGE, {"zero_init_residual": True, "order": "pre"}, "order post"),
        ("residual_cnn", IMAGE, {"zero_init_residual": True, "norm": "weight"}, "give norm batch"),
        ("residual_cnn", IMAGE, {"norm": "instance", "stages": 4}, "a single position"),
    ],
)
def test_what_does_not_fit_is_told(key, model_input, params, words):
    with pytest.raises(BadInput, match=words):
        ARCHITECTURES[key].load()(model_input, 4, **params)


@pytest.mark.parametrize("size", [1, 2, 3, 5, 8])
def test_instance_norm_is_refused_exactly_where_torch_would(size):
    for key, params in (
        *(("cnn", {"blocks": b, "pooling": p, "pool_every": e}) for b in (1, 2, 3) for p in ("max", "none") for e in (1, 2)),
        *(("residual_cnn", {"stages": stages}) for stages in (1, 2, 3, 4)),
    ):  # fmt: skip
        model_input, spec = ModelInput("image", (1, size, size)), ARCHITECTURES[key]
        if spec.faults(model_input, params):
            continue
        if spec.faults(model_input, {**params, "norm": "instance"}):
            builder = spec.build.partition(":")[2]
            module = __import__(spec.build.partition(":")[0], fromlist=[builder])
            with pytest.raises(ValueError, match="more than 1 spatial element"):
                getattr(module, builder)(model_input, 2, norm="instance", **params)(torch.randn(2, 1, size, size))
        else:
            spec.load()(model_input, 2, norm="instance", **params)(torch.randn(2, 1, size, size))


def test_the_modes_are_told_apart():
    assert not tells_modes_apart(built("mlp", TABLE, norm="rms"))
    assert tells_modes_apart(built("mlp", TABLE, dropout=0.1, dropout_kind="dropconnect"))
    assert tells_modes_apart(built("cnn", norm="none", dropout=0.1, dropout_kind="spatial"))
    assert tells_modes_apart(built("mlp", TABLE, skip=True, stochastic_depth=0.1))
