"""The Catalogue page shows each optimizer's update, paper and search space."""

from __future__ import annotations

from app.views.reference import TITLES
from app.words import plain
from core.families import FAMILIES
from core.optim.catalogue import OPTIMIZERS
from core.race.presets import RACES
from core.recipe.presets import PRESETS
from tests.pages.conftest import Open, calm


def test_every_update_paper_and_space_is_there(open_page: Open) -> None:
    at = open_page("catalogue")
    calm(at)
    words = " ".join(str(element.value) for element in at.markdown)
    for spec in OPTIMIZERS.values():
        assert spec.update_rule.split("\n")[1].strip() in words
        assert spec.reference.url in words
    assert words.count("| Setting | Drawn |") == len(OPTIMIZERS)


def test_every_family_is_listed_and_links_lead_to_where_an_entry_is_tried(open_page: Open) -> None:
    at = open_page("catalogue")
    assert set(TITLES) == set(FAMILIES)
    headings = [heading.value for heading in at.subheader]
    for family, title in TITLES.items():
        assert f"{title} ({len(FAMILIES[family])})" in headings
    links = " ".join(str(element.value) for element in at.markdown)
    assert "](race?preset=clipping)" in links
    assert "](train?preset=digits-mlp)" in links
    assert "](lessons?lesson=momentum)" in links


def test_a_link_of_the_catalogue_opens_what_it_names(open_page: Open) -> None:
    for page, key, label in (
        ("train", "digits28-cnn", PRESETS["digits28-cnn"].lesson),
        ("race", "clipping", RACES["clipping"].lesson),
    ):
        at = open_page(page, preset=key)
        calm(at)
        words = " ".join(element.value for element in (*at.info, *at.success))
        assert plain(label) in words
    at = open_page("claims", claim="adam-text")
    calm(at)
    assert [box.label for box in at.expander if box.proto.expanded] == [at.expander[0].label]
    assert "Adam beats SGD on text" in at.expander[0].label


def test_an_unknown_preset_in_the_address_is_said(open_page: Open) -> None:
    for page in ("train", "race"):
        at = open_page(page, preset="digits-mlb")
        assert any("digits-mlb" in error.value.replace("\\", "") for error in at.error)
