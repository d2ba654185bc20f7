"""What the newer architectures promise: causality, routing, shares that sum to one, products of features, padding."""

import pytest
import torch

from core.models.base import ModelInput
from core.models.catalogue import ARCHITECTURES
from core.models.images.capsule import ClassCapsules, length_logits, squash
from core.models.images.vit import ClassTokenAndPositions
from core.models.summary import count_parameters

torch.set_num_threads(1)
SERIES, TEXT, IMAGE = (
    ModelInput("sequence", (12, 3)),
    ModelInput("text", (12,), vocabulary_size=20),
    ModelInput("image", (1, 8, 8)),
)
OVER_STEPS = [
    ("lstm_attention", {"layers": 2}),
    ("lstm_attention", {"bidirectional": False}),
    ("cnn_rnn", {"blocks": 2, "bidirectional": True}),
    ("cnn_rnn", {"pooling": "average", "kernel": 5, "cell": "lstm"}),
    ("cnn_rnn", {"pooling": "none", "norm": "none"}),
    ("tcn", {"norm": "batch"}),
    ("tcn", {"pooling": "mean", "kernel": 2}),
]


def built(key, model_input, outputs=3, seed=0, **params):
    torch.manual_seed(seed)
    model = ARCHITECTURES[key].load()(model_input, outputs, **params)
    for module in model.modules():
        if isinstance(module, (torch.nn.BatchNorm1d, torch.nn.BatchNorm2d)):
            module.running_mean.normal_()
            module.bias.data.normal_()
    return model.eval()


@pytest.mark.parametrize(("key", "params"), OVER_STEPS)
@pytest.mark.parametrize("length", [4, 7])
def test_padding_at_the_end_changes_nothing(key, params, length):
    generator = torch.Generator().manual_seed(1)
    model = built(key, SERIES, **params)
    series = torch.randn(4, length, 3, generator=generator)
    padded = torch.cat([series, torch.zeros(4, 12 - length, 3)], dim=1)
    assert torch.allclose(model(series), model(padded), atol=1e-6)
    text = built(key, TEXT, **params)
    tokens = torch.randint(1, 20, (4, length), generator=generator)
    padding = torch.zeros(4, 12 - length, dtype=torch.long)
    assert torch.allclose(text(tokens), text(torch.cat([tokens, padding], dim=1)), atol=1e-6)


@pytest.mark.parametrize(("key", "params"), OVER_STEPS)
def test_lengths_that_are_given_are_believed_and_every_valid_step_is_read(key, params):
    model = built(key, SERIES, **params)
    series = torch.randn(2, 12, 3, generator=torch.Generator().manual_seed(2), requires_grad=True)
    model(series, torch.tensor([12, 8])).square().sum().backward()
    reached = series.grad.abs().sum(dim=2) > 0
    assert not reached[1, 8:].any()
    assert reached[0].all()
    assert reached[1, :8].all()


def test_no_step_of_a_tcn_sees_a_later_one_and_its_reach_is_as_the_article_says():
    model = built("tcn", ModelInput("sequence", (40, 1)), blocks=3, kernel=3, activation="identity")
    series = torch.randn(1, 40, 1, requires_grad=True)
    kept = []
    model.block3.register_forward_hook(lambda _module, _inputs, output: kept.append(output))
    model(series)
    kept[0][0, :, 35].sum().backward()
    seen = series.grad[0, :, 0].abs() > 0
    reach = 1 + 2 * (3 - 1) * (2**3 - 1)
    assert seen.nonzero().flatten().tolist() == list(range(35 - reach + 1, 36))


def test_attention_shares_sum_to_one_over_the_valid_steps():
    model, kept = built("lstm_attention", SERIES), []
    model.attention.shares.register_forward_hook(lambda _module, _inputs, output: kept.append(output))
    states = []
    model.recurrent1.register_forward_hook(lambda _module, _inputs, output: states.append(output))
    series = torch.randn(2, 12, 3)
    model(series, torch.tensor([12, 5]))
    (shares,) = kept
    assert torch.allclose(shares.sum(dim=1), torch.ones(2))
    assert not shares[1, 5:].any()
    assert (shares[0] > 0).all()
    summed = sum(shares[:, step, None] * states[0][:, step] for step in range(12))
    assert torch.allclose(model.output(summed), model(series, torch.tensor([12, 5])), atol=1e-6)


def test_squash_keeps_the_direction_and_a_length_below_one():
    vectors = torch.randn(50, 6) * torch.logspace(-3, 3, 50).unsqueeze(1)
    squashed = squash(vectors)
    lengths, size = squashed.norm(dim=1), vectors.norm(dim=1)
    assert torch.allclose(lengths, size**2 / (1 + size**2), rtol=1e-2, atol=1e-6)
    assert torch.allclose(torch.cosine_similarity(squashed, vectors), torch.ones(50), atol=1e-5)
    assert torch.allclose(length_logits(vectors[10:]).sigmoid(), lengths[10:], atol=1e-4)


def test_routing_agrees_with_the_papers_procedure_written_out():
    torch.manual_seed(0)
    layer, capsules = ClassCapsules(4, 3, 2, 5, 3), torch.randn(2, 4, 3)
    for row in range(2):
        votes = [[layer.weight[i, j * 5 : j * 5 + 5] @ capsules[row, i] for j in range(2)] for i in range(4)]
        logits = torch.zeros(4, 2)
        for _round in range(3):
            shares = logits.softmax(dim=1)
            gathered = [sum(shares[i, j] * votes[i][j] for i in range(4)) for j in range(2)]
            logits = logits + torch.stack(
                [torch.stack([votes[i][j] @ squash(gathered[j]) for j in range(2)]) for i in range(4)]
            )
        assert torch.allclose(layer.route(capsules)[row], torch.stack(gathered), atol=1e-5)


def test_one_round_of_routing_is_the_plain_mean_of_votes():
    torch.manual_seed(0)
    layer, capsules = ClassCapsules(4, 3, 2, 5, 1), torch.randn(2, 4, 3)
    votes = torch.einsum("goi,bgi->bgo", layer.weight, capsules).unflatten(2, (2, 5))
    assert torch.allclose(layer.route(capsules), votes.sum(dim=1) / 2, atol=1e-6)


def test_the_class_token_stands_first_and_patches_are_read_row_by_row():
    tokens = ClassTokenAndPositions(4, 2)
    torch.nn.init.zeros_(tokens.positions)
    torch.nn.init.constant_(tokens.class_token, 7.0)
    found = tokens(torch.arange(8.0).reshape(1, 2, 2, 2))
    assert found[0].tolist() == [[7, 7], [0, 4], [1, 5], [2, 6], [3, 7]]


def test_a_patch_is_one_linear_map_of_its_pixels():
    model, image = built("vit", IMAGE, patch=4), torch.randn(1, 1, 8, 8)
    patch = image[0, :, 4:, :4].reshape(-1)
    expected = model.patches.weight.flatten(1) @ patch + model.patches.bias
    assert torch.allclose(model.patches(image)[0, :, 1, 0], expected, atol=1e-5)


def test_cross_layers_multiply_features():
    model = built("deep_cross", ModelInput("tabular", (4,)), crosses=2)
    first = torch.randn(5, 4)
    once = first * (first @ model.cross1.linear.weight.T + model.cross1.linear.bias) + first
    twice = first * (once @ model.cross2.linear.weight.T + model.cross2.linear.bias) + once
    deep = model.hidden2(model.hidden1(first))
    assert torch.allclose(model(first), model.output(torch.cat([twice, deep], dim=1)), atol=1e-6)


def test_a_separable_convolution_needs_the_products_that_its_article_says():
    wide = ModelInput("image", (64, 8, 8))
    separable = ARCHITECTURES["mobile"].load()(wide, 2, stages=2, width=64, norm="none").stage2_block1
    plain = torch.nn.Conv2d(64, 128, 3, 2, padding=1)
    assert 8 < count_parameters(plain) / count_parameters(separable) < 9


def test_inverted_blocks_add_their_input_where_the_shape_stays():
    model = built("mobile", IMAGE, design="inverted", blocks=2, stages=2)
    assert [model.get_submodule(name).skip for name in ("stage1_block1", "stage2_block1", "stage2_block2")] == [
        True,
        False,
        True,
    ]
    image, block = torch.randn(2, 16, 8, 8), model.stage1_block1
    assert torch.allclose(block(image) - image, block.project(block.depthwise(block.expand(image))), atol=1e-6)


@pytest.mark.parametrize(
    ("key", "model_input", "params", "words"),
    [
        ("vgg", IMAGE, {"stages": 4}, "8 x 8 pixels can be halved only 3 times; give at most 3 stages"),
        ("vit", IMAGE, {"patch": 3}, "give a patch of 1 or 2 or 4 or 8"),
        ("vit", IMAGE, {"heads": 5}, "give 4 heads"),
        ("cnn_rnn", SERIES, {"kernel": 4}, "give an odd number such as 5"),
        ("cnn_rnn", SERIES, {"blocks": 4}, "can be halved only 3 times; give at most 3 blocks"),
        ("tcn", ModelInput("text", (9,)), {}, "vocabulary has 0 tokens"),
    ],
)
def test_settings_that_do_not_fit_are_named(key, model_input, params, words):
    (fault,) = ARCHITECTURES[key].faults(model_input, params)
    assert words in fault
