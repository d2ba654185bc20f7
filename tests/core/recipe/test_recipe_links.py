"""A recipe in an address: it comes back whole, it is short, and what is no recipe is refused in a sentence."""

from __future__ import annotations

import base64
import zlib

import pytest

from core.errors import BadInput, RecipeError
from core.recipe.codec import parse_recipe, with_changes
from core.recipe.links import MAX_LINK, pack, recipe_from_link, recipe_to_link
from core.recipe.presets import PRESETS


@pytest.mark.parametrize("key", PRESETS)
def test_every_preset_comes_back_whole_and_is_short(key: str) -> None:
    recipe = parse_recipe(PRESETS[key].document)
    text = recipe_to_link(recipe)
    assert recipe_from_link(text) == recipe
    assert len(text) < 900
    assert text.replace("-", "").replace("_", "").isalnum()


def test_what_differs_from_a_default_that_another_entry_has_is_told() -> None:
    base = parse_recipe({"optim": {"key": "sgd"}, "loss": {"key": "focal"}, "regularise": {"l1": {}}})
    changed = with_changes(base, {"optim.lr": 0.123, "regularise.l1.strength": 0.02, "seed": 7, "name": "Ünï <b>"})
    assert recipe_from_link(recipe_to_link(changed)) == changed


@pytest.mark.parametrize(
    "text",
    [
        "",
        "garbage!",
        "eJwDAAAAAAE",
        "é" * 50,
        "A" * 5_000,
        recipe_to_link(parse_recipe({"seed": 3}))[:-6],
        pack([1])[:-2],
    ],
)
def test_what_is_no_recipe_is_refused(text: str) -> None:
    with pytest.raises(BadInput, match="whole recipe"):
        recipe_from_link(text)


def test_a_faulty_recipe_is_told_with_every_fault() -> None:
    with pytest.raises(RecipeError) as caught:
        recipe_from_link(pack({"optim": {"lr": -1}, "modle": {}}))
    assert len(caught.value.faults) == 2
    with pytest.raises(RecipeError):
        recipe_from_link(pack([1, 2]))  # type: ignore[arg-type]


def test_a_small_text_does_not_unfold_into_gigabytes() -> None:
    bomb = base64.urlsafe_b64encode(zlib.compress(b'"' + b"a" * 50_000_000 + b'"', 9)).decode().rstrip("=")
    with pytest.raises(BadInput, match="whole recipe"):
        recipe_from_link(bomb)


def test_a_recipe_too_long_for_an_address_is_said() -> None:
    import random

    letters = random.Random(0)
    points = ",".join(f"{i / 49:.4f}:{letters.random():.16f}" for i in range(50))
    recipe = parse_recipe({"schedule": {"key": "custom", "points": points}})
    assert len(recipe_to_link(recipe)) <= MAX_LINK  # even the longest schedule that is drawn fits
    long = with_changes(recipe, {"name": "x"})
    object.__setattr__(long, "name", "".join(chr(letters.randrange(0x4E00, 0x9FFF)) for _ in range(4_000)))
    with pytest.raises(BadInput, match="too long for an address"):
        recipe_to_link(long)
