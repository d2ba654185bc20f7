"""The summary of a network against PyTorch's own flop counter and against the support of gradients."""

import json

import pytest
import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from core.models.base import ModelInput
from core.models.catalogue import ARCHITECTURES
from core.models.network import INPUT, read_network
from core.models.summary import count_parameters, trace_network
from tests.core.models.outputs_for_tests import outputs_of

torch.set_num_threads(1)
INPUTS = {
    "tabular": ModelInput("tabular", (5,)),
    "image": ModelInput("image", (1, 8, 8)),
    "sequence": ModelInput("sequence", (12, 3)),
    "text": ModelInput("text", (9,), vocabulary_size=20),
}
OTHERWISE = {
    "mobile": {"design": "inverted", "blocks": 2},
    "mlp": {"depth": 4, "skip": True},
    "cnn_rnn": {"cell": "lstm", "bidirectional": True},
    "lstm": {"layers": 2, "bidirectional": True},
    "deep_cross": {"structure": "stacked"},
    "capsule": {"rounds": 1, "stride": 1},
    "transformer": {"heads": 2, "norm_place": "after"},
}
MODELS = [(key, kind, {}) for key, spec in ARCHITECTURES.items() for kind in spec.kinds if kind in INPUTS]
MODELS += [(key, ARCHITECTURES[key].kinds[0], params) for key, params in OTHERWISE.items()]


def built(key, model_input, outputs=4, **params):
    torch.manual_seed(0)
    return ARCHITECTURES[key].load()(model_input, outputs_of(key, model_input, outputs), **params)


def sample(model_input, size=1):
    if model_input.kind == "text":
        return torch.randint(1, model_input.vocabulary_size, (size, *model_input.shape))
    return torch.rand(size, *model_input.shape)


@pytest.mark.parametrize(("key", "kind", "params"), MODELS)
def test_flops_agree_with_pytorchs_counter(key, kind, params):
    model, x = built(key, INPUTS[kind], **params).eval(), sample(INPUTS[kind])
    network = trace_network(model, sample(INPUTS[kind], 2))
    with torch.no_grad(), torch.backends.mkldnn.flags(enabled=False), FlopCounterMode(display=False) as counter:
        model(x)
    assert network.flops == counter.get_total_flops() > 0
    assert network.parameters == count_parameters(model)
    assert network.flops == sum(layer.flops for layer in network.layers)


@pytest.mark.parametrize(("key", "kind", "params"), MODELS)
def test_every_layer_is_fed_by_earlier_ones_and_feeds_a_later_one(key, kind, params):
    network = trace_network(built(key, INPUTS[kind], **params), sample(INPUTS[kind], 2))
    for place, node in enumerate(network.nodes):
        assert node.sources
        assert all(INPUT <= source < place for source in node.sources)
        assert (len(node.sources) > 1) == node.is_join
    fed = {source for node in network.nodes for source in node.sources}
    assert fed == {INPUT, *range(len(network.nodes) - 1)}
    assert network.input_shape == INPUTS[kind].shape
    assert read_network(json.loads(json.dumps(network.document()))) == network


CONVOLUTIONAL = [
    ("cnn", "image", {"blocks": 3, "pooling": "average", "kernel": 5}),
    ("cnn", "image", {"blocks": 4, "pooling": "none"}),
    ("cnn", "sequence", {"blocks": 3, "pooling": "average"}),
    ("residual_cnn", "image", {"stages": 3, "blocks": 2, "width": 4}),
    ("vgg", "image", {"stages": 2, "convolutions": 3, "channels": 4}),
    ("mobile", "image", {"stages": 3, "blocks": 2, "width": 4}),
    ("mobile", "image", {"stages": 3, "blocks": 2, "width": 4, "design": "inverted"}),
    ("vit", "image", {"patch": 8}),
    ("capsule", "image", {"channels": 4, "stride": 2, "types": 2}),
    ("cnn_rnn", "image", {"blocks": 2, "pooling": "average"}),
    ("cnn_rnn", "sequence", {"blocks": 3, "pooling": "average", "kernel": 5}),
    ("tcn", "sequence", {"blocks": 4, "kernel": 3, "channels": 4}),
    ("conv_autoencoder", "image", {"stages": 3, "channels": 2}),
    ("tcn", "sequence", {"blocks": 3, "kernel": 2, "channels": 3}),
]


@pytest.mark.parametrize(("key", "kind", "params"), CONVOLUTIONAL)
def test_receptive_fields_agree_with_the_support_of_gradients(key, kind, params):
    """All weights positive and no kinks, so that every path from input to output counts and none cancels."""
    model_input = ModelInput("image", (1, 64, 64)) if kind == "image" else ModelInput("sequence", (160, 1))
    defaults = ARCHITECTURES[key].defaults()
    plain = {"norm": "none", "activation": "identity"}
    model = built(key, model_input, **{k: v for k, v in plain.items() if k in defaults}, **params).double().eval()
    for parameter in model.parameters():
        parameter.data = torch.rand_like(parameter) + 0.1
    for module in model.modules():
        for name, child in module.named_children():
            if isinstance(child, nn.MaxPool2d):  # of a window only the winner has a gradient
                setattr(module, name, nn.AvgPool2d(2))
    x = sample(model_input).double()
    kept: dict[str, torch.Tensor] = {}
    for name, module in model.named_modules():
        module.register_forward_hook(
            lambda _module, _inputs, output, name=name: (
                kept.setdefault(name, output) if isinstance(output, torch.Tensor) else None
            )
        )
    network = trace_network(model, x)
    kept.clear()
    x.requires_grad_()
    model(x)
    checked = 0
    for layer in network.layers:
        output = kept.get(layer.name)
        spatial = (2, 3) if kind == "image" else (2,)
        if (
            layer.receptive_field is None
            or output is None
            or output.ndim != 2 + len(spatial)
            or "Channels" in layer.type
        ):
            continue
        centre = (0, 0, *(output.shape[axis] // 2 for axis in spatial))
        centre = (*centre[:-1], -1) if key == "tcn" else centre  # the last step of a causal network
        (gradient,) = torch.autograd.grad(output[centre], x, retain_graph=True)
        axes = (2, 3) if kind == "image" else (1,)
        found = tuple(
            int((gradient.abs().amax(dim=[a for a in range(gradient.ndim) if a != axis]) > 0).sum()) for axis in axes
        )
        most = x.shape[axes[0]]
        assert found == tuple(min(size, most) for size in layer.receptive_field), layer.name
        checked += max(layer.receptive_field) <= most
    assert checked >= 2 or key == "vit"


def test_a_receptive_field_ends_where_everything_is_seen():
    vit = {row.name: row for row in trace_network(built("vit", INPUTS["image"]), sample(INPUTS["image"], 2)).layers}
    assert vit["patches"].receptive_field == vit["tokens"].receptive_field == (4, 4)
    assert vit["block1.attention"].receptive_field is None
    mlp = trace_network(built("mlp", INPUTS["image"]), sample(INPUTS["image"], 2))
    assert all(row.receptive_field is None for row in mlp.layers)
    cnn = {row.name: row for row in trace_network(built("cnn", INPUTS["image"]), sample(INPUTS["image"], 2)).layers}
    assert cnn["hidden1.pool"].receptive_field == (4, 4)
    assert cnn["average"].receptive_field is None


def test_shortcuts_are_seen():
    network = trace_network(built("mlp", INPUTS["tabular"], depth=4, skip=True), sample(INPUTS["tabular"], 2))
    joins = [(place, node) for place, node in enumerate(network.nodes) if node.is_join]
    assert [node.type for _, node in joins] == ["add"] * 3
    first, second, third = joins
    assert second[1].sources[0] == first[0]
    assert third[1].sources[0] == second[0]
    assert network.nodes[first[1].sources[0]].name == "hidden1.activation"


def test_memory_and_totals_by_hand():
    network = trace_network(built("mlp", INPUTS["tabular"], depth=1, width=6), torch.rand(2, 5))
    assert network.activation_bytes == 4 * (6 + 6 + 4)
    assert network.multiply_adds == 5 * 6 + 6 * 4
    assert network.flops == 2 * 54


def test_attention_over_time_is_counted():
    """PyTorch's counter at two lengths: the part that grows with the square of the time is there."""
    short, long = (
        trace_network(built("transformer", ModelInput("sequence", (time, 3)), blocks=1), torch.rand(2, time, 3))
        for time in (10, 20)
    )
    squares = [2 * time * time * 32 for time in (10, 20)]
    assert long.multiply_adds - 2 * short.multiply_adds == squares[1] - 2 * squares[0] - 32 * 4
