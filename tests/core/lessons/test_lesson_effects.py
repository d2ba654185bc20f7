"""Each lesson is run as a visitor runs it: what it claims is there on three seeds, and its exercise can be done."""

from __future__ import annotations

import pytest
from lessons_for_tests import small, train_recipe, trained

from core.lessons.catalogue import PATH, lesson
from core.lessons.judge import filled, judge, mean_of, reached, shown, values_of
from core.lessons.measures import MEASURES
from core.lessons.schema import SEEDS, Lesson
from core.recipe.codec import to_document, with_changes
from core.store.workspace import Workspace


def hold(workspace: Workspace, found: Lesson) -> None:
    """Train the whole lesson and assert each of its claims; the numbers are printed (pytest -s)."""
    values = values_of(found, trained(workspace, found))
    for key, arms in values.items():
        for arm, seeds in arms.items():
            assert len(seeds) >= SEEDS, f"{arm} was not trained with {SEEDS} seeds"
            numbers = ", ".join(shown(MEASURES[key], value) for value in seeds.values())
            print(f"{found.key} | {key} | {arm} | {numbers} | mean {shown(MEASURES[key], mean_of(seeds))}")
    judged = judge(found, values)
    assert [f"{one.sentence}: {one.held} of {one.of}" for one in judged if not one.holds] == []
    assert "{" not in filled(found, values)


def solve(workspace: Workspace, found: Lesson) -> None:
    """The exercise's start does not do it, its solution does."""
    exercise = found.exercise
    arm = next(arm for arm in found.experiment.arms if arm.name == exercise.arm)
    start = found.experiment.recipe(arm)
    if found.experiment.action:  # a live run is long, to leave time for the press
        start = with_changes(start, {"train.epochs": exercise.solution.get("train.epochs", 20)})
    measured = []
    for recipe in (start, with_changes(start, exercise.solution)):
        measured.append(MEASURES[exercise.measure].of(train_recipe(workspace, to_document(recipe))))
    print(f"{found.key} | exercise | {exercise.measure} | start {measured[0]:.4g} | solved {measured[1]:.4g}")
    assert not reached(exercise, measured[0])
    assert reached(exercise, measured[1])


def test_a_small_lesson_end_to_end(workspace: Workspace) -> None:
    hold(workspace, small("race"))
    solve(workspace, small())


@pytest.mark.slow
@pytest.mark.parametrize("key", PATH)
def test_what_a_lesson_claims_is_there_on_three_seeds(key: str, workspace: Workspace) -> None:
    hold(workspace, lesson(key))


@pytest.mark.slow
@pytest.mark.parametrize("key", PATH)
def test_the_exercise_can_be_done(key: str, workspace: Workspace) -> None:
    solve(workspace, lesson(key))
