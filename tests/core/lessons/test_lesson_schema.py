"""Lesson files: every fault at once, and each lesson of the path whole and true to the charts it names."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from lessons_for_tests import LIVE, document, small

from core.errors import RecipeError, UnknownKey
from core.lessons.catalogue import PATH, TEXTS, lesson, lessons
from core.lessons.codec import parse_lesson
from core.lessons.measures import MEASURES
from core.lessons.schema import PANELS, PLACEHOLDER, Lesson
from core.race.presets import RACES
from core.recipe.codec import to_document, with_changes

ROOT = Path(__file__).resolve().parents[3]
EXPERIMENT = document()["experiment"]
EXERCISE = document()["exercise"]


def faults(**changes: Any) -> str:
    with pytest.raises(RecipeError) as caught:
        small(**changes)
    return str(caught.value)


def test_the_small_lesson_is_whole() -> None:
    for made in (small(), small("race"), small(**LIVE)):
        assert made.measures
        assert made.arm_names


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"titel": "x"}, "titel: unknown setting; did you mean 'title'"),
        ({"title": " "}, "title: is ' '; give a text"),
        ({"minutes": "long"}, "minutes: is 'long'; give a number"),
        ({"predict": {"asks": "x", "options": ["one"], "right": 1}}, "predict.options: give a list of at least 2"),
        ({"predict": {"asks": "x", "options": ["a", "b"], "right": 3}}, "give the number of an option, 1 to 2"),
        ({"predict": {"asks": "x", "options": list("abcde"), "right": 1}}, "has 5; give 2 to 4"),
        ({"experiment": {**EXPERIMENT, "kind": "rase"}}, "experiment.kind: is 'rase'; did you mean 'race'"),
        ({"experiment": {**EXPERIMENT, "arms": EXPERIMENT["arms"][:1]}}, "experiment.arms: give a list of at least 2"),
        ({"experiment": {**EXPERIMENT, "base": {"optim": {"key": "adm"}}}}, "experiment.base.optim.key: is 'adm'; did you mean 'adam'"),
        ({"experiment": {**EXPERIMENT, "arms": [{"name": "Some"}, {"name": "None", "changes": {"optim.lrr": 1}}]}}, "unknown setting; did you mean 'lr'"),
        ({"experiment": {**EXPERIMENT, "arms": [{"name": "Some / other"}, {"name": "None"}]}}, "leave out braces"),
        ({"experiment": {**EXPERIMENT, "kind": "live"}}, "experiment.action: a live experiment needs one"),
        ({"experiment": {**EXPERIMENT, "action": LIVE["experiment"]["action"]}}, "and no other has one"),
        ({"claims": []}, "claims: give a list of at least 1"),
        ({"claims": [{"measure": "val_acuracy", "arm": "Some", "at_least": 1}]}, "claim 1.measure: is 'val_acuracy'; did you mean 'val_accuracy'"),
        ({"claims": [{"measure": "val_accuracy", "arm": "Sone", "at_least": 1}]}, "claim 1.arm: is 'Sone'; did you mean 'Some'"),
        ({"claims": [{"measure": "val_accuracy", "arm": "Some"}]}, "claim 1: give one of above, times, at_least, at_most"),
        ({"claims": [{"measure": "val_accuracy", "arm": "Some", "above": {"Nobody": 1}}]}, "claim 1.above: is 'Nobody'"),
        ({"claims": [{"measure": "val_accuracy", "arm": "Some", "times": {"None": -1}}]}, "claim 1.times: is -1; give a number above 0"),
        ({"watch": [{"panel": "los", "see": "x"}]}, "watch 1.panel: is 'los'; did you mean 'loss'"),
        ({"answer": "Nothing measured."}, "answer: holds no measured number"),
        ({"answer": "{val_accuracy: Sum}"}, "answer: is 'Sum'"),
        ({"answer": "{vall_accuracy: Some}"}, "answer: is 'vall_accuracy'; did you mean"),
        ({"answer": "{val_accuracy: Some} and {more}"}, "has a brace that is no placeholder"),
        ({"exercise": {**EXERCISE, "at_most": 1}}, "exercise: give either at_least or at_most"),
        ({"exercise": {**EXERCISE, "arm": "Nobody"}}, "exercise.arm: is 'Nobody'"),
        ({"exercise": {**EXERCISE, "keep": ["optim.lr"]}}, "changes optim.lr, which is to be kept"),
        ({"exercise": {**EXERCISE, "measure": "loss_drop"}}, "loss_drop can't be taken of a plain run"),
        ({"exercise": {**EXERCISE, "solution": {"optim.lr": -1}}}, "exercise.solution.optim.lr: is -1"),
    ],
)  # fmt: skip
def test_every_fault_is_told_with_what_to_do(changes: dict[str, Any], told: str) -> None:
    assert told in faults(**changes)


def test_all_faults_are_told_at_once() -> None:
    said = faults(titel="x", claims=[{"measure": "x", "arm": "Some", "at_least": 1}], answer="{x: Some}")
    assert all(part in said for part in ("titel", "claim 1.measure", "answer"))


def test_a_missing_section_is_told() -> None:
    short = document()
    del short["answer"], short["exercise"]
    with pytest.raises(RecipeError, match=r"answer: is missing.*exercise: is missing"):
        parse_lesson("small", short)


@pytest.mark.parametrize("given", [None, [], "text", 3])
def test_what_is_no_table_is_told(given: object) -> None:
    with pytest.raises(RecipeError, match="give a table"):
        parse_lesson("small", given)


def test_an_unknown_lesson_is_told() -> None:
    with pytest.raises(UnknownKey, match="did you mean"):
        lesson("vanishing-gradient")


def test_the_path_names_every_file_once() -> None:
    assert sorted(PATH) == sorted(path.stem for path in TEXTS.glob("*.yaml"))


def test_there_are_at_least_twelve_with_one_live_change() -> None:
    kinds = [one.experiment.kind for one in lessons()]
    assert len(kinds) >= 12
    assert {"race", "runs", "live"} == set(kinds)


@pytest.mark.parametrize("key", PATH)
def test_a_lesson_is_short_plain_and_measured(key: str) -> None:
    found = lesson(key)
    assert found.asks.endswith("?")
    assert found.prediction.asks.endswith("?")
    assert 3 <= found.minutes <= 15
    assert re.search(r"\d{4}\.?$", found.background), "the background ends with its source and year"
    assert len(found.background.split()) < 190
    for text in (found.asks, found.background, found.answer, found.exercise.task):
        assert not re.search(r"\b(amazing|powerful|simply|revolution|magic|easy|easily)\w*\b", text, re.IGNORECASE)
    own = re.findall(r"\d+\.\d+|\d+(?= %)", PLACEHOLDER.sub("", found.answer))
    assert [number for number in own if number not in found.background and not in_a_recipe(found, number)] == []


def in_a_recipe(found: Lesson, number: str) -> bool:
    """Whether a number in the answer's own words is a setting, and not a result that pretends to be the visitor's."""
    return any(number in f"{arm.name} {to_document(found.experiment.recipe(arm))}" for arm in found.experiment.arms)


def test_the_charts_it_speaks_of_bear_these_titles() -> None:
    board = (ROOT / "app/components/live_charts/js/70_panels.js").read_text(encoding="utf-8")
    for key, title in PANELS["runs"].items():
        assert f"key: '{key}', title: '{title}'" in board
    race = (ROOT / "app/components/race_charts/js/20_panels.js").read_text(encoding="utf-8")
    keys = re.findall(r"key: '(\w+)', kind", race)
    assert set(PANELS["race"]) <= set(keys)
    assert "title: () => 'Training loss'" in race


def test_no_lesson_repeats_a_races_title() -> None:
    labels = [preset.label for preset in RACES.values()] + [one.title for one in lessons()]
    assert len(labels) == len(set(labels))


@pytest.mark.parametrize("key", PATH)
def test_the_exercise_is_not_done_at_its_start_and_its_solution_keeps_what_it_must(key: str) -> None:
    from core.lessons.judge import kept

    found = lesson(key)
    arm = next(arm for arm in found.experiment.arms if arm.name == found.exercise.arm)
    start = found.experiment.recipe(arm)
    solved = with_changes(start, found.exercise.solution)
    assert solved != start
    assert kept(found.exercise, start, solved) == []
    assert MEASURES[found.exercise.measure].needs != "change"
