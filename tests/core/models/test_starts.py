"""Initialisations that look at data or at residual branches, against what their papers promise."""

import pytest
import torch
from torch import nn

from core.models.base import ModelInput
from core.models.catalogue import ARCHITECTURES
from core.models.parts.catalogue import INITIALISATIONS
from core.models.parts.lsuv import initialise_lsuv, unit_scale
from core.models.parts.residual_starts import initialise_fixup, initialise_t_fixup, initialise_zero_residual
from core.recipe.codec import parse_recipe

torch.set_num_threads(1)
INPUTS = {
    "tabular": ModelInput("tabular", (20,)),
    "image": ModelInput("image", (2, 8, 8)),
    "sequence": ModelInput("sequence", (12, 3)),
    "text": ModelInput("text", (9,), vocabulary_size=20),
}


def build(key, kind, **params):
    torch.manual_seed(0)
    return ARCHITECTURES[key].load()(INPUTS[kind], 4, **params)


def rows(kind, count=64, seed=1):
    generator = torch.Generator().manual_seed(seed)
    if kind == "text":
        return torch.randint(1, 20, (count, 9), generator=generator)
    return 5 + 3 * torch.randn(count, *INPUTS[kind].shape, generator=generator)


def spreads(model, x):
    """Standard deviation of every linear layer's and convolution's output in evaluation mode."""
    found = {}

    def note(name):
        def hook(module, inputs, output):
            found.setdefault(name, output.std(correction=0).item())

        return hook

    for name, module in model.named_modules():
        if isinstance(module, (nn.Linear, nn.Conv1d, nn.Conv2d)):
            module.register_forward_hook(note(name))
    model.eval()(x)
    return found


@pytest.mark.parametrize(
    ("key", "kind", "params"),
    [
        ("mlp", "tabular", {"depth": 12, "activation": "sigmoid"}),
        ("mlp", "image", {"depth": 6, "activations": "relu, tanh, maxout, softsign, prelu, gelu"}),
        ("mlp", "text", {"depth": 3, "dropout": 0.5, "skip": True}),
        ("cnn", "sequence", {"blocks": 3, "norm": "layer"}),
        ("residual_cnn", "image", {"blocks": 2}),
        ("transformer", "sequence", {"blocks": 2, "dropout": 0.3}),
    ],
)
def test_lsuv_gives_every_layer_unit_variance(key, kind, params):
    model, x = build(key, kind, **params), rows(kind)
    kept = {name: value.clone() for name, value in model.named_buffers()}
    torch.manual_seed(0)
    initialise_lsuv(model, "relu", batch=x)
    after = torch.get_rng_state()
    assert model.training
    assert all(torch.equal(value, kept[name]) for name, value in model.named_buffers())
    found = spreads(model, x)
    assert found
    assert all(spread == pytest.approx(1, rel=1e-4) for spread in found.values()), found
    torch.manual_seed(0)
    INITIALISATIONS["orthogonal"].load()(model, "relu", gain=1.0)
    assert torch.equal(after, torch.get_rng_state())


def test_lsuv_of_gates_scales_what_the_valid_steps_bring():
    model, x = build("lstm", "sequence", bidirectional=True), rows("sequence")
    x[:, 6:] = 0  # padding
    torch.manual_seed(0)
    initialise_lsuv(model, "tanh", batch=x)
    for cell in (model.recurrent1.cell, model.recurrent1.reverse_cell):
        brought = x[:, :6] @ cell.weight_ih_l0.T
        assert brought.std(correction=0).item() == pytest.approx(1, rel=1e-4)
        for gate in cell.weight_hh_l0.split(32):
            assert torch.allclose(gate @ gate.T, torch.eye(32), atol=1e-5)


@pytest.mark.parametrize("value", [0.0, 1e-38, float("nan"), float("inf")])
def test_lsuv_stays_finite_where_nothing_varies(value):
    model = build("mlp", "tabular", depth=3)
    initialise_lsuv(model, "relu", batch=torch.full((16, 20), value))
    assert all(parameter.isfinite().all() for parameter in model.parameters())
    recurrent = build("gru", "sequence")
    initialise_lsuv(recurrent, "tanh", batch=torch.full((16, 12, 3), value))
    assert all(parameter.isfinite().all() for parameter in recurrent.parameters())


def test_unit_scale_counts_in_float64():
    assert unit_scale(torch.full((4,), 7.0)) == 1.0
    assert unit_scale(torch.tensor([-3e30, 3e30])) == pytest.approx(1 / 3e30)
    assert unit_scale(torch.empty(0, 3)) == 1.0


@pytest.mark.parametrize("norm", ["none", "batch", "group"])
def test_zero_residual_blocks_begin_as_their_shortcut(norm):
    model = build("residual_cnn", "image", norm=norm, blocks=2)
    initialise_zero_residual(model, "relu")
    x = torch.rand(3, 16, 8, 8)
    assert torch.equal(model.stage1_block2(x), x)
    assert model.stage1_block2.conv1.weight.var().item() == pytest.approx(2 / (16 * 9), rel=0.1)


def test_zero_residual_of_mlp_and_transformer():
    mlp = build("mlp", "tabular", depth=5, skip=True, activation="tanh")
    initialise_zero_residual(mlp, "tanh")
    x = rows("tabular")
    assert torch.equal(mlp(x), mlp.output(mlp.hidden1(x)))
    mlp(x).square().sum().backward()
    assert all(p.grad.any() for name, p in mlp.named_parameters() if name.endswith("weight"))
    encoder = build("transformer", "sequence", norm_place="before")
    initialise_zero_residual(encoder, "gelu")
    states, valid = torch.randn(2, 12, 32), torch.ones(2, 12, dtype=torch.bool)
    assert torch.equal(encoder.block1(states, valid), states)


def test_fixup_follows_the_papers_rules():
    """L = 6 branches of m = 2 layers: the first has He's weights times 6^(-1/2), the last is zero."""
    model = build("residual_cnn", "image", norm="none", stages=2, blocks=3, width=32)
    initialise_fixup(model, "relu")
    block = model.stage1_block2
    assert block.conv1.weight.var().item() == pytest.approx(2 / (32 * 9) / 6, rel=0.05)
    assert not block.conv2.weight.any()
    assert not model.output.weight.any()
    assert model.stem.conv.weight.var().item() == pytest.approx(2 / (2 * 9), rel=0.2)
    assert not model(rows("image")).any()


def test_fixup_keeps_the_scale_of_a_deep_network_and_he_does_not():
    def growth(start):
        model = build("residual_cnn", "image", norm="none", stages=1, blocks=16)
        INITIALISATIONS[start].load()(model, "relu")
        first = model.stem(rows("image"))
        return (model[:-3](rows("image")).std() / first.std()).item()

    assert growth("fixup") == pytest.approx(1)
    assert growth("he_normal") > 30


def test_t_fixup_scales_by_the_number_of_blocks():
    model = build("transformer", "text", blocks=16, norm_place="none", width=64)
    initialise_t_fixup(model, "gelu")
    scale = 0.67 / 2
    xavier = 2 / 128
    attention = model.block3.attention
    assert attention.query.weight.var().item() == pytest.approx(xavier, rel=0.1)
    assert attention.value.weight.var().item() == pytest.approx(xavier * scale**2, rel=0.1)
    assert attention.join.weight.var().item() == pytest.approx(xavier * scale**2, rel=0.1)
    assert model.block3.expand.weight.var().item() == pytest.approx(2 / 192 * scale**2, rel=0.1)
    assert model.embedding.weight[1:].var().item() == pytest.approx(scale**2 / 64, rel=0.1)
    assert not model.embedding.weight[0].any()
    assert not any(isinstance(module, nn.LayerNorm) for module in model.modules())


@pytest.mark.parametrize(
    ("init", "model", "words"),
    [
        ("zero_residual", {"key": "cnn"}, "this CNN has none; set model.key to residual_cnn or"),
        ("zero_residual", {"key": "mlp"}, "this MLP has none; switch model.skip on"),
        ("zero_residual", {"key": "mlp", "skip": True}, "relu passes no gradient at exactly zero"),
        (
            "zero_residual",
            {"key": "mlp", "skip": True, "depth": 3, "activations": "relu, tanh, sigmoid"},
            "sigmoid is not zero at zero",
        ),
        ("fixup", {"key": "mlp", "skip": True, "activation": "tanh"}, "choose zero_residual"),
        ("fixup", {"key": "transformer"}, "choose t_fixup"),
        ("fixup", {"key": "residual_cnn"}, "set model.norm to none"),
        ("t_fixup", {"key": "residual_cnn"}, "set model.key to transformer"),
        ("t_fixup", {"key": "transformer"}, "set model.norm_place to none"),
    ],
)
def test_starts_that_do_not_fit_are_refused_before_training(init, model, words):
    from core.errors import RecipeError

    data = {"key": "digits28"} if model["key"] != "transformer" else {"key": "japanese_vowels"}
    with pytest.raises(RecipeError, match=words) as caught:
        parse_recipe({"data": data, "model": model, "init": {"key": init}})
    assert [fault.path for fault in caught.value.faults] == ["init.key"]


def test_starts_that_fit_are_taken():
    parse_recipe({"model": {"key": "mlp", "skip": True, "activation": "tanh"}, "init": {"key": "zero_residual"}})
    parse_recipe({"model": {"key": "mlp", "skip": True, "depth": 2, "activations": "relu, gelu"},
                  "init": {"key": "zero_residual"}})  # fmt: skip
    parse_recipe(
        {"data": {"key": "digits28"}, "model": {"key": "residual_cnn", "norm": "none"}, "init": {"key": "fixup"}}
    )
