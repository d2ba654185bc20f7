"""Every preset is a recipe, says what to see, and uses only settings that exist."""

from __future__ import annotations

import pytest

from core.recipe.codec import parse_recipe, to_document
from core.recipe.presets import PRESETS


@pytest.mark.parametrize("key", PRESETS)
def test_preset_is_a_recipe_with_words(key: str) -> None:
    preset = PRESETS[key]
    recipe = parse_recipe(preset.document)
    assert recipe.name == preset.label
    assert len(preset.summary) > 30
    assert len(preset.lesson) > 30
    assert preset.summary.endswith((".", "!"))
    assert preset.lesson.endswith(".")
    assert parse_recipe(to_document(recipe)) == recipe


def test_there_are_enough_of_both_kinds() -> None:
    assert sum(preset.good for preset in PRESETS.values()) >= 7
    assert sum(not preset.good for preset in PRESETS.values()) >= 7


def test_good_and_bad_presets_cover_the_kinds_of_data() -> None:
    from core.data.catalogue import DATASETS

    kinds = {DATASETS[parse_recipe(preset.document).data.key].kind for preset in PRESETS.values() if preset.good}
    assert {"tabular", "image", "sequence"} <= kinds


def test_each_preset_stands_once() -> None:
    documents = [str(sorted(to_document(parse_recipe(p.document)).items())) for p in PRESETS.values()]
    assert len(set(documents)) == len(documents)
