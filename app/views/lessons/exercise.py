"""The exercise of a lesson: a recipe to change, and the check of the visitor's newest fitting run."""

from __future__ import annotations

import itertools
import math

import streamlit as st

from app import failures, navigation, state
from app.forms import current
from app.views.lessons import address, experiment
from app.views.lessons.words import setting
from app.words import plain
from core.errors import ClinicError
from core.lessons.evidence import Evidence, of_run
from core.lessons.judge import kept, reached, shown
from core.lessons.measures import MEASURES
from core.lessons.schema import Exercise, Lesson
from core.recipe.codec import parse_recipe, to_document, with_changes
from core.recipe.parts import Recipe
from core.store.workspace import Run

MOST_RUNS = 20


def show(lesson: Lesson) -> None:
    """Draw the task, the way to New run, and what the newest run reached."""
    task = lesson.exercise
    recipe = starting_recipe(lesson)
    st.markdown(task.task)
    st.caption(
        f"Wanted: {wanted(task)}. To stay as they are: {'; '.join(setting(recipe, path) for path in task.keep)}."
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        if st.button("Open it in New run", icon=":material/edit_note:", key="lesson.exercise"):
            with failures.guard():
                current.load({**to_document(recipe), "name": f"Exercise: {lesson.title}"})
                navigation.go("train")
        if st.button("Check my newest run", icon=":material/fact_check:", key="lesson.check"):
            st.session_state[f"lesson.checked.{lesson.key}"] = True
    if address.done().get(lesson.key, {}).get("exercise"):
        st.success("Done in this session.", icon=":material/check_circle:")
    elif st.session_state.get(f"lesson.checked.{lesson.key}"):
        _check(lesson, recipe)
    with st.expander("One way to do it", icon=":material/key:"):
        solved = with_changes(recipe, task.solution)
        st.markdown(f"{'; '.join(setting(solved, path) for path in task.solution)}.")


def wanted(task: Exercise) -> str:
    """The goal in words."""
    measure = MEASURES[task.measure]
    return f"{measure.label} of at {'least' if task.at_least else 'most'} {shown(measure, task.limit)}"


def starting_recipe(lesson: Lesson) -> Recipe:
    """What the visitor starts from."""
    arm = next(arm for arm in lesson.experiment.arms if arm.name == lesson.exercise.arm)
    return lesson.experiment.recipe(arm)


def _check(lesson: Lesson, recipe: Recipe) -> None:
    task, measure = lesson.exercise, MEASURES[lesson.exercise.measure]
    found = newest(lesson)
    if found is None:
        st.info(
            "There is no run of yours on this data set yet. Open the recipe above, change it and train it.",
            icon=":material/search:",
        )
        return
    run, evidence = found
    name = plain(run.control.labels().get("name", run.id))
    changed = kept(task, recipe, evidence.case.recipe or recipe)
    value = measure.of(evidence)
    if changed:
        st.warning(
            f"Your newest run, {name}, has other settings than those that are to stay: {'; '.join(setting(recipe, path) for path in changed)}.",
            icon=":material/rule:",
        )
    elif math.isnan(value) or not reached(task, value):
        st.info(f"Your newest run, {name}, came to {shown(measure, value)}. Not there yet.", icon=":material/replay:")
    else:
        st.success(f"Your run {name} came to {shown(measure, value)}. Done.", icon=":material/check_circle:")
        address.done().setdefault(lesson.key, {})["exercise"] = True
    navigation.link("run", "Look at it", run=run.id)


def newest(lesson: Lesson) -> tuple[Run, Evidence] | None:
    """The newest run on the exercise's data that has ended and was not started by a lesson; None without one."""
    data = lesson.experiment.base.data.key
    for run in itertools.islice(state.workspace().runs(), MOST_RUNS):
        try:
            if run.watched or "lesson" in run.control.labels() or parse_recipe(run.document()).data.key != data:
                continue
            evidence = of_run(run, "", experiment.predictions)
        except ClinicError:
            continue
        if evidence is not None and evidence.over:
            return run, evidence
    return None
