"""What holds for every rule: its id, its words, what it needs, and its place among the causes."""

from __future__ import annotations

import re

import pytest

from core.diagnosis.base import HEADINGS, NEEDS, SEVERITIES, Rule
from core.diagnosis.case import Case
from core.diagnosis.catalogue import RULES
from core.diagnosis.causes import BLOW_UPS, CONSEQUENCES, FIRST_SUSPECTED, LATE, SYMPTOMS
from core.diagnosis.examples import EXAMPLES, WITHOUT, example
from core.diagnosis.of_run import diagnosis_of
from core.recipe.codec import parse_recipe, to_document
from core.store.workspace import Workspace
from core.train.process import train_run

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
def test_it_can_be_seen_to_happen_or_it_is_said_why_not(found: Rule) -> None:
    assert (found.key in EXAMPLES) != (found.key in WITHOUT)


@pytest.mark.parametrize("key", EXAMPLES)
def test_examples_are_recipes(key: str) -> None:
    assert key in RULES
    assert parse_recipe(example(key)).name != ""


@pytest.mark.slow
@pytest.mark.parametrize("key", EXAMPLES)
def test_each_example_shows_its_fault(key: str, workspace: Workspace) -> None:
    run = workspace.create(to_document(parse_recipe(example(key))))
    train_run(run.path, log_to_file=False, uploads=workspace.home)
    assert key in {found["name"] for found in diagnosis_of(run)["findings"]}
