"""Contracts of every architecture, and the odd settings."""

import itertools
import re

import numpy as np
import pytest
import torch

from core.data.graph import Graph, both_ways
from core.errors import BadInput
from core.models.base import ModelInput
from core.models.catalogue import ARCHITECTURES
from core.models.parts.activations import ACTIVATION_CLASSES
from core.models.parts.catalogue import ACTIVATIONS, NORMS
from core.models.summary import count_parameters, summarise
from tests.core.models.outputs_for_tests import outputs_of

torch.set_num_threads(1)
RING = np.stack([np.arange(11), np.roll(np.arange(11), 1)], axis=1)
GRAPH = Graph(np.random.default_rng(0).normal(size=(11, 7)).astype(np.float32), both_ways(np.r_[RING, [[0, 5]]]))
INPUTS = {
    "tabular": ModelInput("tabular", (5,)),
    "image": ModelInput("image", (1, 8, 8)),
    "sequence": ModelInput("sequence", (12, 3)),
    "text": ModelInput("text", (9,), vocabulary_size=20),
    "graph": ModelInput("graph", (1,), graph=GRAPH),
}
PAIRS = [(key, kind) for key, spec in ARCHITECTURES.items() for kind in spec.kinds]
SETTINGS = {
    "mlp": {"depth": (1, 4), "norm": ("none", "batch", "layer"), "dropout": (0.0, 0.5), "skip": (False, True)},
    "cnn": {
        "norm": ("none", "batch", "group", "layer"),
        "pooling": ("max", "average", "none"),
        "head": ("average", "flatten"),
        "dropout": (0.0, 0.3),
    },
    "residual_cnn": {"norm": ("none", "batch", "group", "layer"), "stages": (1, 4), "blocks": (1, 2)},
    "rnn": {"activation": ("tanh", "relu"), "layers": (1, 3), "bidirectional": (False, True), "pooling": ("last",)},
    "lstm": {"layers": (1, 2), "bidirectional": (False, True), "pooling": ("last", "mean"), "dropout": (0.0, 0.5)},
    "gru": {"layers": (1, 2), "bidirectional": (False, True), "pooling": ("last", "mean")},
    "transformer": {
        "width": (8, 12),
        "heads": (1, 2),
        "blocks": (1, 3),
        "norm_place": ("before", "after", "none"),
        "dropout": (0.0, 0.3),
    },
    "gcn": {"layers": (1, 2, 5), "dropout": (0.0, 0.3)},
    "gat": {"layers": (1, 2, 4), "heads": (1, 3), "hidden": (1, 5)},
    "autoencoder": {"code": (1, 4), "width": (3, 16), "depth": (1, 3), "noise": (0.0, 0.5)},
    "conv_autoencoder": {"code": (1, 4), "channels": (3,), "stages": (1, 3), "noise": (0.0, 0.5)},
    "graph_sage": {"layers": (1, 2, 4), "dropout": (0.0, 0.3)},
    "efficientnet_lite0": {"resolution": (32, 40), "dropout": (0.0, 0.3)},
    "minilm": {"blocks": (1, 2), "dropout": (0.0, 0.3)},
    "linear": {"embedding": (1, 5)},
    "deep_cross": {"crosses": (1, 3), "depth": (1, 2), "structure": ("parallel", "stacked"), "dropout": (0.0, 0.3)},
    "vgg": {"stages": (1, 3), "convolutions": (1, 2), "norm": ("none", "batch", "group"), "dropout": (0.0, 0.5)},
    "mobile": {
        "design": ("separable", "inverted"),
        "norm": ("none", "batch", "group"),
        "stages": (1, 4),
        "blocks": (1, 2),
        "expansion": (3,),
    },
    "vit": {"patch": (1, 2, 8), "blocks": (1, 3), "expansion": (1, 2), "dropout": (0.0, 0.3)},
    "capsule": {"stride": (1, 3), "types": (1, 4), "dimension": (2, 5), "class_dimension": (3,), "rounds": (1, 3)},
    "lstm_attention": {"layers": (1, 2), "bidirectional": (False, True), "dropout": (0.0, 0.5), "attention": (1, 7)},
    "cnn_rnn": {
        "blocks": (1, 3),
        "norm": ("none", "batch"),
        "pooling": ("max", "average", "none"),
        "cell": ("gru", "lstm"),
        "bidirectional": (True,),
    },
    "tcn": {
        "channels": (3, 8),
        "blocks": (1, 4),
        "norm": ("none", "batch"),
        "pooling": ("last", "mean"),
        "dropout": (0.0, 0.3),
    },
}


def batch(kind, size=6, seed=0):
    generator = torch.Generator().manual_seed(seed)
    model_input = INPUTS[kind]
    if kind == "text":
        return torch.randint(0, model_input.vocabulary_size, (size, *model_input.shape), generator=generator)
    if kind == "graph":
        return torch.arange(size)[:, None]
    return torch.randn(size, *model_input.shape, generator=generator)


def built(key, kind, outputs=4, seed=0, **params):
    torch.manual_seed(seed)
    return ARCHITECTURES[key].load()(INPUTS[kind], outputs_of(key, INPUTS[kind], outputs), **params)


def combinations(key):
    names = SETTINGS[key]
    return [dict(zip(names, values, strict=True)) for values in itertools.product(*names.values())]


@pytest.mark.parametrize(("key", "kind"), PAIRS)
def test_forward_gradients_and_determinism(key, kind):
    model, count = built(key, kind), outputs_of(key, INPUTS[kind], 4)
    outputs = model(batch(kind))
    assert outputs.shape == (6, count)
    torch.nn.functional.cross_entropy(outputs, torch.arange(6) % 4).backward()
    for name, parameter in model.named_parameters():
        assert parameter.grad is not None, name
        assert parameter.grad.isfinite().all(), name
        assert parameter.grad.abs().sum() > 0, name
    again = built(key, kind)
    assert all(torch.equal(a, b) for a, b in zip(model.parameters(), again.parameters(), strict=True))
    other = built(key, kind, seed=1)
    assert not all(torch.equal(a, b) for a, b in zip(model.parameters(), other.parameters(), strict=True))
    assert built(key, kind, outputs=1)(batch(kind)).shape == (6, outputs_of(key, INPUTS[kind], 1))
    model.eval()
    assert model(batch(kind, size=1)).shape == (1, count)


@pytest.mark.parametrize(("key", "kind"), PAIRS)
def test_every_setting_builds_and_is_counted(key, kind):
    spec, count = ARCHITECTURES[key], outputs_of(key, INPUTS[kind], 4)
    for params in combinations(key):
        model = built(key, kind, **params)
        model.eval()
        assert model(batch(kind, size=2)).shape == (2, count), params
        assert spec.parameters(INPUTS[kind], count, params) == count_parameters(model), params


@pytest.mark.parametrize(("key", "kind"), PAIRS)
def test_activations_are_own_modules_in_running_order(key, kind):
    if ARCHITECTURES[key].pretrained:
        pytest.skip(
            "its blocks are given: those of a package use their activation twice, BERT's norm follows each part"
        )
    params = {"depth": 4, "skip": True, "norm": "layer"} if key == "mlp" else {}
    model = built(key, kind, **params)
    kinds = tuple(set(ACTIVATION_CLASSES.values()))
    registered = [name for name, module in model.named_modules(remove_duplicate=False) if isinstance(module, kinds)]
    unique = {id(module) for module in model.modules() if isinstance(module, kinds)}
    assert len(registered) == len(unique)
    assert not any(getattr(module, "inplace", False) for module in model.modules())
    ran = []
    for name, module in model.named_modules():
        if not list(module.children()):
            module.register_forward_hook(lambda *_, name=name: ran.append(name))
    model(batch(kind))
    assert ran == [name for name, module in model.named_modules() if not list(module.children()) and name in ran]
    assert set(registered) <= set(ran)
    assert len(ran) == len(set(ran))
    assert ran[-1] == "output"


@pytest.mark.parametrize("key", ["mlp", "cnn", "residual_cnn", "transformer"])
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_every_activation_is_used(key, activation):
    offered = next(param.choices for param in ARCHITECTURES[key].params if param.name == "activation")
    assert (activation in offered) == (key in ("mlp", "cnn") or activation != "maxout")
    if activation not in offered:
        return
    model = built(key, "image", activation=activation)
    modules = [m for name, m in model.named_modules() if name.rpartition(".")[2].startswith("activation")]
    assert len(modules) >= 2
    assert all(type(module) is ACTIVATION_CLASSES[activation] for module in modules)
    assert model(batch("image")).isfinite().all()


@pytest.mark.parametrize(("key", "kind"), PAIRS)
@pytest.mark.parametrize("activation", ["prelu", "maxout"])
def test_activations_with_parameters_or_pieces_are_counted(key, kind, activation):
    spec, count = ARCHITECTURES[key], outputs_of(key, INPUTS[kind], 4)
    offered = {param.name: param.choices for param in spec.params}
    if activation not in offered.get("activation", ()):
        return
    for norm in offered.get("norm", (None,)):
        params = {"activation": activation, **({"norm": norm} if norm else {})}
        model = built(key, kind, **params).eval()
        assert model(batch(kind, size=2)).shape == (2, count), params
        assert spec.parameters(INPUTS[kind], count, params) == count_parameters(model), params


def activation_types(model):
    return [type(m) for name, m in model.named_modules() if name.rpartition(".")[2].startswith("activation")]


@pytest.mark.parametrize(("key", "layers"), [("mlp", "depth"), ("cnn", "blocks")])
def test_each_layer_can_have_an_activation_of_its_own(key, layers):
    chosen = ("tanh", "maxout", "prelu")
    params = {layers: 3, "activations": " tanh, maxout,prelu", "norm": "batch"}
    model = built(key, "image", **params)
    assert activation_types(model) == [ACTIVATION_CLASSES[name] for name in chosen]
    assert model(batch("image")).isfinite().all()
    assert ARCHITECTURES[key].parameters(INPUTS["image"], 4, params) == count_parameters(model)
    assert activation_types(built(key, "image", **{layers: 2})) == [torch.nn.ReLU] * 2


@pytest.mark.parametrize(("key", "layers"), [("mlp", "depth"), ("cnn", "blocks")])
def test_activations_that_can_not_be_are_named(key, layers):
    spec = ARCHITECTURES[key]
    count, unknown = spec.faults(INPUTS["image"], {layers: 3, "activations": "relu, tahn"})[::-1]
    assert "names 2 for 3" in count
    assert "'tahn', which is no activation; did you mean 'tanh'" in unknown
    assert len(spec.faults(INPUTS["image"], {layers: 1, "activations": "relu,"})) == 2


def test_maxout_takes_the_larger_of_two_pieces():
    model = built("mlp", "tabular", depth=1, width=3, activation="maxout")
    x = batch("tabular")
    pieces = x @ model.hidden1.linear.weight.T + model.hidden1.linear.bias
    assert pieces.shape == (6, 6)
    assert torch.allclose(model.hidden1(x), torch.maximum(pieces[:, 0::2], pieces[:, 1::2]), atol=1e-6)
    image = built("cnn", "image", channels=2, blocks=1, norm="none", pooling="none", activation="maxout")
    hidden = image.hidden1.conv(batch("image"))
    assert torch.equal(image.hidden1(batch("image")), torch.maximum(hidden[:, 0::2], hidden[:, 1::2]))


@pytest.mark.parametrize(("key", "kind"), PAIRS)
def test_shortcuts_are_declared_and_their_branches_named(key, kind):
    spec = ARCHITECTURES[key]
    for on in (False, True):
        params = {} if spec.shortcuts in ("always", "never") else {spec.shortcuts: on}
        model = built(key, kind, **params)
        blocks = [module for module in model.modules() if hasattr(module, "branches")]
        branches = [branch for block in blocks for branch in block.branches()]
        assert bool(branches) == spec.has_shortcuts({**spec.defaults(), **params})
        assert all(layer.weight.requires_grad for branch in branches for layer in branch)


@pytest.mark.parametrize("key", ARCHITECTURES)
def test_entry(key):
    spec = ARCHITECTURES[key]
    assert re.search(r"\b(19|20)\d\d\b", spec.article)
    for param in spec.params:
        assert param.parse(param.default) == param.default
        assert param.label
        assert param.help
        if param.name in ("norm", "norm_kind"):
            assert set(param.choices) <= set(NORMS)
    unread = next((kind for kind in INPUTS if kind not in spec.kinds), None)
    if unread:
        with pytest.raises(BadInput, match=f"can't read {unread} data"):
            spec.load()(INPUTS[unread], 2)


def test_mlp_names_read_well():
    names = dict(built("mlp", "image", depth=2, norm="batch", dropout=0.1).named_modules())
    expected = ["flatten", "hidden1", "hidden1.linear", "hidden1.norm", "hidden1.activation", "hidden1.dropout"]
    assert list(names)[1:7] == expected
    assert list(names)[-1] == "output"
    assert names["hidden1.linear"].bias is None


def test_mlp_skip_adds_the_input_from_the_second_layer_on():
    model = built("mlp", "tabular", depth=3, width=5, skip=True)
    x = batch("tabular")
    assert torch.equal(model.hidden1(x), torch.relu(model.hidden1.linear(x)))
    assert torch.equal(model.hidden2(x), x + torch.relu(model.hidden2.linear(x)))


def test_mlp_of_text_averages_the_words_only():
    model = built("mlp", "text")
    table = model.embedding.table.weight
    tokens = torch.tensor([[3, 5, 0, 0, 0, 0, 0, 0, 0], [0] * 9, [7] + [0] * 8])
    means = model.embedding(tokens)
    assert torch.allclose(means[0], (table[3] + table[5]) / 2)
    assert torch.equal(means[1], torch.zeros(32))
    assert torch.equal(means[2], table[7])


def test_deep_and_narrow_networks_run():
    assert built("mlp", "image", depth=64, width=1)(batch("image")).shape == (6, 4)
    deep = built("mlp", "tabular", depth=64, width=32, skip=True, norm="layer")
    deep(batch("tabular")).sum().backward()
    assert deep.hidden1.linear.weight.grad.abs().sum() > 0
    assert built("cnn", "image", channels=1, blocks=20, pool_every=8)(batch("image")).shape == (6, 4)
    assert built("lstm", "sequence", hidden=1, layers=8)(batch("sequence")).shape == (6, 4)


@pytest.mark.parametrize(
    ("key", "kind", "params", "words"),
    [
        ("mlp", "tabular", {"width": 1, "norm": "layer"}, "width of at least 2"),
        ("mlp", "tabular", {"width": 4096, "depth": 64}, "million parameters; the limit is 100 million"),
        ("cnn", "image", {"blocks": 4}, "an image of 8 x 8 can be halved only 3 times; give at most 3 blocks"),
        ("cnn", "sequence", {"blocks": 4}, "a sequence of 12 can be halved only 3 times"),
        ("cnn", "image", {"kernel": 4}, "give an odd number such as 5"),
        ("conv_autoencoder", "image", {"stages": 4}, "8 x 8 pixels can be halved only 3 times; give at most 3 stages"),
        ("conv_autoencoder", "image", {"code": 64}, "holds all 64 values of the input"),
        ("residual_cnn", "image", {"zero_init_residual": True, "norm": "none"}, "give norm batch, group or layer"),
    ],
)
def test_settings_that_do_not_fit_are_named(key, kind, params, words):
    with pytest.raises(BadInput, match=words):
        built(key, kind, **params)
    assert len(ARCHITECTURES[key].faults(INPUTS[kind], params)) == 1


def test_the_advice_on_blocks_holds():
    for pool_every in (1, 2, 3, 5):
        spec = ARCHITECTURES["cnn"]
        (fault,) = spec.faults(INPUTS["image"], {"blocks": 32, "pool_every": pool_every})
        advised = int(re.search(r"at most (\d+) blocks", fault)[1])
        assert spec.faults(INPUTS["image"], {"blocks": advised, "pool_every": pool_every}) == []
        assert spec.faults(INPUTS["image"], {"blocks": advised + 1, "pool_every": pool_every})


def test_all_faults_come_at_once():
    with pytest.raises(BadInput, match=r"odd number.*; .*halved only"):
        built("cnn", "image", kernel=2, blocks=5)


def test_text_without_words_is_refused():
    for key in ("mlp", "cnn", "lstm"):
        with pytest.raises(BadInput, match="vocabulary has 0 tokens"):
            ARCHITECTURES[key].load()(ModelInput("text", (9,)), 2)


def test_zero_init_residual_makes_blocks_the_identity():
    model = built("residual_cnn", "image", zero_init_residual=True, blocks=2)
    x = torch.rand(2, 16, 8, 8)
    assert torch.equal(model.stage1_block1(x), x)


def test_summary_counts_by_hand():
    model = built("cnn", "image", channels=4, blocks=1, norm="none")
    model.train()
    model.hidden1.eval()
    state = torch.get_rng_state()
    rows = {row.name: row for row in summarise(model, batch("image", size=2))}
    assert list(rows) == ["hidden1.conv", "hidden1.activation", "hidden1.pool", "average", "flatten", "output"]
    conv = rows["hidden1.conv"]
    assert (conv.type, conv.output_shape, conv.parameters) == ("Conv2d", (4, 8, 8), 4 * 9 + 4)
    assert conv.multiply_adds == 4 * 64 * 9
    assert (rows["output"].parameters, rows["output"].multiply_adds) == (20, 16)
    assert model.training
    assert not model.hidden1.training
    assert torch.equal(state, torch.get_rng_state())
    assert not model.output._forward_hooks


@pytest.mark.parametrize(("key", "kind"), PAIRS)
def test_summary_lists_every_parameter(key, kind):
    model = built(key, kind)
    rows = summarise(model, batch(kind, size=2))
    assert sum(row.parameters for row in rows) == count_parameters(model)
    assert rows[-1].name == "output"
    assert rows[-1].output_shape == (outputs_of(key, INPUTS[kind], 4),)
    assert all(row.multiply_adds > 0 for row in rows if row.type in ("Linear", "Conv2d", "LSTM", "GRU", "RNN"))


def test_summary_of_a_recurrent_layer_counts_every_step():
    rows = {row.name: row for row in summarise(built("lstm", "sequence", hidden=5), batch("sequence", size=2))}
    assert rows["recurrent1.cell"].multiply_adds == 12 * 4 * 5 * (3 + 5)
    assert rows["recurrent1.cell"].output_shape == (12, 5)


def test_count_parameters_can_include_frozen_ones():
    model = built("mlp", "tabular", depth=1, width=2, outputs=1)
    model.output.requires_grad_(False)
    assert count_parameters(model) == 12
    assert count_parameters(model, trainable_only=False) == 15


def test_channels_double_at_each_pooling_up_to_512():
    model = built("cnn", "image", channels=200, blocks=3, kernel=1)
    assert [model.get_submodule(f"hidden{i}").conv.out_channels for i in (1, 2, 3)] == [200, 400, 512]
    assert ARCHITECTURES["cnn"].parameters(INPUTS["image"], 4, {"channels": 200, "blocks": 3, "kernel": 1}) == (
        count_parameters(model)
    )


@pytest.mark.parametrize("head", ["average", "flatten"])
def test_odd_image_sizes_and_wide_filters_fit(head):
    odd = ModelInput("image", (3, 7, 5))
    params = {"head": head, "kernel": 11, "blocks": 2}
    model = ARCHITECTURES["cnn"].load()(odd, 2, **params)
    assert model(torch.rand(3, 3, 7, 5)).shape == (3, 2)
    assert ARCHITECTURES["cnn"].parameters(odd, 2, params) == count_parameters(model)
    tiny = ModelInput("image", (1, 1, 1))
    assert ARCHITECTURES["residual_cnn"].load()(tiny, 2, stages=4)(torch.rand(3, 1, 1, 1)).shape == (3, 2)
    for key in ("vgg", "mobile", "capsule", "cnn_rnn", "tcn", "lstm_attention"):
        model = ARCHITECTURES[key].load()(odd, 2)
        assert model(torch.rand(3, 3, 7, 5)).shape == (3, 2), key
        assert ARCHITECTURES[key].parameters(odd, 2, {}) == count_parameters(model), key


def test_a_transformer_reads_no_padding_but_reads_the_order():
    torch.manual_seed(0)
    model = ARCHITECTURES["transformer"].load()(INPUTS["sequence"], 2).eval()
    series = batch("sequence")
    longer = torch.cat([series, torch.zeros(6, 5, 3)], dim=1)
    assert torch.allclose(model(series), model(longer), atol=1e-6)
    assert not torch.allclose(model(series), model(series.flip(1)), atol=1e-3)


def test_attention_agrees_with_pytorchs_own():
    from core.models.transformer import SelfAttention

    torch.manual_seed(0)
    ours, valid = SelfAttention(8, 2), torch.arange(7) < torch.tensor([[7], [4]])
    theirs = torch.nn.MultiheadAttention(8, 2, batch_first=True)
    with torch.no_grad():
        parts = (ours.query, ours.key, ours.value)
        theirs.in_proj_weight.copy_(torch.cat([part.weight for part in parts]))
        biases = [torch.zeros(8) if part.bias is None else part.bias for part in parts]
        theirs.in_proj_bias.copy_(torch.cat(biases))
        theirs.out_proj.weight.copy_(ours.join.weight)
        theirs.out_proj.bias.copy_(ours.join.bias)
    states = torch.randn(2, 7, 8)
    expected = theirs(states, states, states, key_padding_mask=~valid)[0]
    assert torch.allclose(ours(states, valid), expected, atol=1e-5)


def test_heads_that_do_not_share_the_width_are_told():
    (fault,) = ARCHITECTURES["transformer"].faults(INPUTS["sequence"], {"width": 8, "heads": 5})
    assert "give 4 heads" in fault
