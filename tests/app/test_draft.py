"""The form's draft: document -> draft -> document, and what it keeps."""

from __future__ import annotations

import pytest

from app.forms import draft as drafts
from core.recipe.catalogues import CATALOGUES
from core.recipe.codec import parse_recipe, to_document
from core.recipe.presets import PRESETS


@pytest.mark.parametrize("key", PRESETS)
def test_a_document_survives_the_draft(key: str) -> None:
    document = to_document(parse_recipe(PRESETS[key].document))
    assert drafts.document_of(drafts.draft_of(document)) == document


@pytest.mark.parametrize("section", CATALOGUES)
def test_every_entry_survives_the_draft(section: str) -> None:
    for key, spec in CATALOGUES[section].items():
        draft = drafts.blank()
        if section in draft["several"]:
            draft["several"][section] = [key]
            assert drafts.document_of(draft)[section] == {key: spec.defaults()}
            assert drafts.document_of(drafts.draft_of(drafts.document_of(draft))) == drafts.document_of(draft)
            continue
        draft["keys"][section] = key
        drafts.settle(draft)
        if draft["keys"][section] != key:
            continue
        assert drafts.document_of(draft)[section].items() >= ({"key": key} | spec.defaults()).items()


def test_what_was_typed_for_another_entry_comes_back_with_it() -> None:
    draft = drafts.blank()
    draft["keys"]["optim"] = "momentum"
    drafts.set_param(draft, "optim", "momentum", 0.5)
    draft["keys"]["optim"] = "adam"
    assert "momentum" not in drafts.document_of(draft)["optim"]
    draft["keys"]["optim"] = "momentum"
    assert drafts.document_of(draft)["optim"]["momentum"] == 0.5


def test_the_learning_rate_stays_when_the_optimizer_changes() -> None:
    draft = drafts.blank()
    draft["own"]["optim"]["lr"] = 0.25
    draft["keys"]["optim"] = "sgd"
    assert drafts.document_of(draft)["optim"]["lr"] == 0.25


def test_other_data_brings_a_model_and_a_loss_that_fit() -> None:
    draft = drafts.draft_of(to_document(parse_recipe({"model": {"key": "cnn"}})))
    draft["keys"]["data"] = "diabetes"
    said = drafts.settle(draft)
    assert len(said) == 2
    recipe = parse_recipe(drafts.document_of(draft))
    assert (recipe.model.key, recipe.loss.key) == ("mlp", "mse")
    assert drafts.settle(draft) == []


def test_a_balance_of_classes_is_left_where_there_are_none() -> None:
    draft = drafts.draft_of(to_document(parse_recipe({"data": {"key": "wine"}, "balance": {"key": "smote"}})))
    assert "smote" in drafts.fitting(draft, "balance")
    draft["keys"]["data"] = "diabetes"
    drafts.settle(draft)
    assert drafts.fitting(draft, "balance") == ["none"]
    assert parse_recipe(drafts.document_of(draft)).balance.key == "none"


def test_differences() -> None:
    left, right = {"a": 1, "optim": {"lr": 1, "x": 2}}, {"a": 1, "optim": {"lr": 2}, "b": {"y": 3}}
    assert drafts.differences(left, right) == {"optim.lr": (1, 2), "optim.x": (2, None), "b.y": (None, 3)}
