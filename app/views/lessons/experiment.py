"""A lesson's experiment: started by a press, watched live, and read back as evidence."""

from __future__ import annotations

import time

import streamlit as st

from app import failures, navigation, state
from app.components.live_charts import live_charts
from app.components.race_charts import race_charts
from app.forms.checks import prepared
from app.inspector import inspector
from app.views.classroom import lent
from app.views.lessons.address import Place, go_on
from app.views.race import controls as race_controls
from app.views.run import controls as run_controls
from app.words import plain
from core.errors import ClinicError
from core.evaluation.predictions import Predictions
from core.lessons.evidence import Evidence, of_race, of_run
from core.lessons.schema import SEEDS, Lesson
from core.recipe.codec import parse_recipe, to_document
from core.store.status import RunStatus, run_status
from core.store.workspace import Run
from core.train.loss_catalogue import LOSSES

WATCH = "2s"
TAGS = ["lesson"]
OVER = ("done", "stopped", "failed")


def start(lesson: Lesson, place: Place, seed: int) -> None:
    """Start the experiment with seeds from `seed` on, once however often the button is pressed, and stay on the page."""
    from core.runtime import jobs

    experiment, workspace = lesson.experiment, state.workspace()
    with failures.guard():
        if experiment.kind == "race":
            race = experiment.race(lesson.title).document()
            race["base"]["seed"] = seed
            documents = [race]
        else:
            documents = [
                {**to_document(experiment.recipe(arm, seed)), "name": f"{arm.name} ({lesson.title})"}
                for arm in experiment.arms
            ]
        keys = [state.press_key(document) for document in documents]
        runs = [jobs.start_document(workspace, one, key=key) for one, key in zip(documents, keys, strict=True)]
        state.use_press()
        for run in runs:
            run.control.set_labels(tags=TAGS, lesson=lesson.key)
        go_on(lesson, Place(place.guess, tuple(run.id for run in runs)))


def runs_of(place: Place) -> list[Run] | None:
    """The runs that were started, or the one race; None when one of them is gone."""
    try:
        return [state.workspace().run(run_id) for run_id in place.runs]
    except ClinicError:
        return None


def over(runs: list[Run]) -> bool:
    """Whether all of them have ended."""
    return all(run_status(run).word in OVER for run in runs)


def next_seed(lesson: Lesson, runs: list[Run]) -> int:
    """A seed that has not been trained yet."""
    document = runs[0].document()
    if lesson.experiment.kind == "race":
        return int(document["base"].get("seed", 0)) + SEEDS
    return int(document.get("seed", 0)) + 1


def show(lesson: Lesson, runs: list[Run]) -> None:
    """Draw the buttons and the live charts; the page is drawn anew when a status changes."""
    statuses = [run_status(run) for run in runs]
    panels = list(dict.fromkeys(panel for panel, _ in lesson.watch))
    _watch(runs, statuses)
    if runs[0].read_only:
        lent.note(runs[0], "race" if lesson.experiment.kind == "race" else "experiment")
    if lesson.experiment.kind == "race":
        if not runs[0].read_only:
            race_controls.control_bar(runs[0], statuses[0], lanes=False)
        race_charts(runs[0].id, key=f"lesson.{runs[0].id}", panels=panels)
        navigation.link("race", "Verdict and details of this race", race=runs[0].id)
        return
    if lesson.experiment.kind == "live" and not runs[0].read_only:
        _action(lesson, runs[0], statuses[0])
        run_controls.control_bar(runs[0], statuses[0])
    live_charts(
        [run.id for run in runs], key="lesson." + ".".join(run.id for run in runs), panels=panels, panel_height=300
    )
    with st.container(horizontal=True):
        if len(runs) > 1:
            navigation.link("compare", "All charts of these runs", runs=",".join(run.id for run in runs))
        for run, name in zip(runs, lesson.arm_names, strict=True):
            navigation.link("run", plain(name), run=run.id)


def _watch(runs: list[Run], statuses: list[RunStatus]) -> None:
    """Draw the page anew when a run's status has changed."""

    def look() -> None:
        if [run_status(run).word for run in runs] != [status.word for status in statuses]:
            st.rerun()

    active = any(status.active for status in statuses)
    st.fragment(look, run_every=WATCH if active else None)()


def _action(lesson: Lesson, run: Run, status: RunStatus) -> None:
    """Draw the button of the change that this lesson makes while training."""
    action = lesson.experiment.action
    assert action is not None
    if status.word not in ("running", "paused", "queued"):
        return
    evidence = of_run(run)
    if evidence is not None and evidence.change_step() is not None:
        st.success(f"You did it at step {evidence.change_step():,}. Watch what follows.", icon=":material/check:")
        return
    if st.button(action.label, type="primary", icon=":material/tune:", key="lesson.action"):
        with failures.guard():
            run.control.send(
                "set", {"setting": action.setting, "value": action.value}, author="app", key=f"lesson.{run.id}"
            )
            time.sleep(0.6)
            st.rerun()


def evidence(lesson: Lesson, runs: list[Run]) -> list[Evidence]:
    """All that was recorded of the experiment."""
    if lesson.experiment.kind == "race":
        return of_race(runs[0])
    found = [of_run(run, name, predictions) for run, name in zip(runs, lesson.arm_names, strict=True)]
    return [one for one in found if one is not None]


def predictions(run: Run) -> Predictions | None:
    """What the newest checkpoint of `run` says of its validation rows; None without a checkpoint."""
    checkpoint = run.checkpoints.latest()
    if checkpoint is None:
        return None
    outputs = inspector().outputs(run, checkpoint, run.home)
    recipe = parse_recipe(run.document())
    return Predictions.on_validation(outputs, prepared(recipe, run.home), LOSSES[recipe.loss.key].link)
