"""What holds for every rule: its id, its words, what it needs, and its place among the causes."""

from __future__ import annotations

import re

import pytest

from core.diagnosis.base import HEADINGS, NEEDS, SEVERITIES, Rule
from core.diagnosis.case import Case
from core.diagnosis.catalogue import RULES
from core.diagnosis.causes import BLOW_UPS, CONSEQUENCES, FIRST_SUSPECTED, LATE, SYMPTOMS
from core.recipe.presets import PRESETS

TO_DO = {"too-small", "too-much-decay", "tiny-batch-norm", "sorted-rows"}
"""Examples that rules name and that are not among the presets yet."""

each = pytest.mark.parametrize("found", RULES.values(), ids=lambda one: one.key)


def test_ids_are_unique() -> None:
    ids = [one.id for one in RULES.values()]
    assert len(set(ids)) == len(ids)


@each
def test_names_and_words(found: Rule) -> None:
    assert re.fullmatch(r"GR\d{3}", found.id)
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", found.key)
    assert found.severity in SEVERITIES
    assert set(found.sections) == set(HEADINGS)
    assert all(text.strip() for text in found.sections.values())
    for text in (found.label, found.summary, found.article, found.panel):
        assert text.strip()
    assert found.summary.endswith(".")
    assert found.load() is found


@each
def test_its_place_among_the_causes(found: Rule) -> None:
    assert FIRST_SUSPECTED.count(found.key) == 1


def test_the_causes_name_rules() -> None:
    named = {*FIRST_SUSPECTED, *SYMPTOMS, *BLOW_UPS, *LATE, *CONSEQUENCES}
    named |= {effect for effects in CONSEQUENCES.values() for effect in effects}
    assert named <= set(RULES)


@each
def test_it_needs_what_is_known_and_stays_silent_without(found: Rule) -> None:
    assert found.needs
    assert set(found.needs) <= set(NEEDS)
    assert found.examine(Case({})) is None
    assert found.lacks(Case({}))


@each
def test_its_example_is_a_preset_or_to_do(found: Rule) -> None:
    assert not found.example or found.example in PRESETS or found.example in TO_DO


def test_nothing_stays_to_do_that_is_done() -> None:
    assert not TO_DO & set(PRESETS)
