"""Every entry of the recipe's catalogues can be tried somewhere, and its effect seen against doing without."""

from __future__ import annotations

import pytest

from core.families import FAMILIES
from core.recipe.codec import parse_recipe
from core.showcases import PARTS_OF_MODELS, SECTIONS, SEVERAL, entries_of, showcases

SHOWN = (*SECTIONS.values(), *SEVERAL.values(), *PARTS_OF_MODELS.values(), "clippings")
ONES_OWN = ("datasets", "upload")


@pytest.mark.parametrize("family", SHOWN)
def test_every_entry_is_contrasted_somewhere_and_every_data_set_used(family: str) -> None:
    def seen(key: str) -> bool:
        places = showcases().get((family, key), ())
        return any(place.contrasted or place.kind == "preset" or family == "datasets" for place in places)

    assert not [key for key in FAMILIES[family] if (family, key) != ONES_OWN and not seen(key)]


def test_entries_of_a_recipe() -> None:
    recipe = parse_recipe(
        {"data": {"key": "wine"}, "model": {"norm": "batch"}, "augment": {"swap_noise": {}}, "clip": {"mode": "norm"}}
    )
    used = {("datasets", "wine"), ("norms", "batch"), ("augmentations", "swap_noise"), ("clippings", "norm")}
    assert used <= entries_of(recipe)
    assert ("norms", "layer") not in entries_of(recipe)


def test_an_entry_that_all_arms_share_is_no_contrast() -> None:
    place = next(p for p in showcases()["clippings", "norm"] if p.key == "clipping")
    assert place.contrasted
    place = next(p for p in showcases()["optimizers", "momentum"] if p.key == "clipping")
    assert not place.contrasted
