"""The drawing of a network: boxes, joins, folded groups, and an SVG in which nothing is lost."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree

import pytest
import torch

from app.charts.blocks import Block, blocks_of, fold
from app.charts.network import draw_network
from app.views.network import amount, layers_table, sees, totals
from core.models.base import ModelInput
from core.models.catalogue import ARCHITECTURES
from core.models.network import INPUT, Network
from core.models.summary import trace_network
from tests.core.models.outputs_for_tests import outputs_of

torch.set_num_threads(1)
INPUTS = {
    "image": ModelInput("image", (1, 16, 16)),
    "tabular": ModelInput("tabular", (13,)),
    "sequence": ModelInput("sequence", (20, 3)),
    "text": ModelInput("text", (9,), vocabulary_size=20),
}


def network(key: str, kind: str, **params: Any) -> Network:
    torch.manual_seed(0)
    outputs = outputs_of(key, INPUTS[kind], 10)
    rows = torch.ones(2, *INPUTS[kind].shape, dtype=torch.int64 if kind == "text" else torch.float32)
    return trace_network(ARCHITECTURES[key].load()(INPUTS[kind], outputs, **params), rows)


def drawn(found: Network) -> list[Block]:
    return fold(blocks_of(found))


def texts(svg: str) -> list[str]:
    return ["".join(part.itertext()) for part in ElementTree.fromstring(svg).iter() if part.tag.endswith("text")]


def test_a_deep_mlp_is_three_boxes() -> None:
    found = drawn(network("mlp", "tabular", depth=64))
    assert [(block.name, block.repeats, block.group, block.last) for block in found] == [
        ("hidden1", 1, 0, ""),
        ("hidden2", 63, 1, "hidden64"),
        ("output", 1, 0, ""),
    ]
    assert found[0].sources == (INPUT,)
    assert found[2].sources == (1,)
    said = texts(draw_network(network("mlp", "tabular", depth=64)).svg)
    assert "63 × hidden2 … 64" in said
    assert "4,160" in said


def test_shortcuts_of_a_deep_mlp_fold_with_it() -> None:
    found = drawn(network("mlp", "tabular", depth=64, skip=True))
    assert [(block.is_join, block.repeats, block.sources) for block in found] == [
        (False, 1, (INPUT,)),
        (False, 63, (0,)),
        (True, 1, (0, 1)),
        (False, 1, (2,)),
    ]


def test_a_transformer_folds_into_one_block() -> None:
    found = drawn(network("transformer", "sequence", blocks=6))
    (group,) = [block for block in found if block.repeats > 1]
    assert (group.repeats, group.group, group.name) == (6, 7, "block1.attention_norm")
    assert [block.name for block in found if not block.is_join][-2:] == ["last_norm", "output"]


def test_little_is_not_folded() -> None:
    assert all(block.repeats == 1 for block in drawn(network("mlp", "tabular", depth=3)))


@pytest.mark.parametrize("key", ARCHITECTURES)
def test_every_layer_is_in_one_box_and_every_number_is_in_the_drawing(key: str) -> None:
    kind = next((kind for kind in INPUTS if kind in ARCHITECTURES[key].kinds), None)
    if kind is None:
        pytest.skip("reads none of these kinds")
    found = network(key, kind)
    blocks = blocks_of(found)
    assert [node for block in blocks for node in block.nodes] == list(found.nodes)
    shown = fold(blocks)
    weighed, place = 0, 0
    while place < len(shown):  # a folded group stands for all its blocks
        group = max(shown[place].group, 1)
        weighed += shown[place].repeats * sum(block.parameters for block in shown[place : place + group])
        place += group
    assert weighed == found.parameters
    for number, block in enumerate(shown):
        assert all(INPUT <= source < number for source in block.sources)
    svg = draw_network(found).svg
    said = texts(svg)
    assert {f"{block.parameters:,}" for block in shown if block.parameters and not block.is_join} <= set(said)
    assert said.count("+") == sum(block.is_join and block.nodes[0].type == "add" for block in shown)
    assert "nan" not in svg
    assert list(layers_table(found)["Parameters"]) == [layer.parameters for layer in found.layers]


def test_names_are_escaped() -> None:
    model = torch.nn.Sequential()
    model.add_module("<script>", torch.nn.Linear(3, 2))
    svg = draw_network(trace_network(model, torch.ones(2, 3))).svg
    assert "<script>" not in svg
    assert "&lt;script&gt;" in svg


def test_words_of_totals_and_receptive_fields() -> None:
    found = network("cnn", "image")
    assert totals(found).startswith(f"{found.parameters:,} parameters · ")
    assert "FLOPs a sample" in totals(found)
    rows = {layer.name: sees(layer, found.input_shape) for layer in found.layers}
    assert rows["hidden1.conv"] == "3 × 3 pixels"
    assert rows["output"] == "everything"
    series = network("tcn", "sequence", blocks=1)
    assert sees(series.layers[2], series.input_shape) == "3 steps"
    assert [amount(1234567), amount(12_345), amount(999), amount(2.5e9)] == ["1.23 M", "12.3 k", "999 ", "2.5 G"]
