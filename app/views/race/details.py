"""Below the charts of a race: numbers, tuning, sensitivity, profile, proof, recipes, history, downloads."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from app import failures, navigation, state
from app.charts.figures import draw
from app.charts.race import profile_figure, sensitivity_figure, trials_figure
from app.views.classroom import leading
from app.views.race.downloads import downloads
from app.views.race.reasons import reasons
from app.views.run import history, labels
from app.words import number, plain, size
from core.optim.catalogue import OPTIMIZERS
from core.race.outcome import TaskOutcome, profile, proof, speed, sweeps, task_outcomes, tuning
from core.race.recipe import to_yaml
from core.race.record import RaceRecord, read_race
from core.race.scores import LABELS
from core.recipe.codec import to_document
from core.store.status import ACTIVE, RunStatus
from core.store.workspace import Run

REFRESH = "4s"


def details(run: Run, status: RunStatus) -> None:
    """Draw the tabs; what grows while the race goes on is read again with every drawing."""
    record = read_race(run)
    every = REFRESH if status.word in ACTIVE else None
    drawers: dict[str, Callable[[], None]] = {"Numbers": lambda: st.fragment(_numbers, run_every=every)(run)}
    if any(lane.lane.tuned for lane in record.lanes):
        drawers["Tuning"] = lambda: st.fragment(_tuning, run_every=every)(run)
    if record.race.sweep:
        drawers["Learning-rate sensitivity"] = lambda: st.fragment(_sensitivity, run_every=every)(run, status)
    if len(record.race.tasks) > 1:
        drawers["Performance profile"] = lambda: _profile(record)
    drawers |= {
        "Reasons": lambda: reasons(run, record),
        "Fairness": lambda: _fairness(record),
        "Lanes and recipe": lambda: _recipes(run, record),
        "History": lambda: history.history(run, live=status.word in ACTIVE),
        "Name, tags, note": lambda: _labels(run, status),
        "Share and download": lambda: downloads(run, record),
    }
    if run.read_only:
        del drawers["Name, tags, note"]
    for tab, show in zip(
        st.tabs(list(drawers), key="race_detail_tabs", on_change="rerun"), drawers.values(), strict=True
    ):
        if tab.open:
            with tab, failures.guard():
                show()


def _numbers(run: Run) -> None:
    record = read_race(run)
    for outcome in task_outcomes(record):
        if len(record.race.tasks) > 1:
            st.markdown(f"**{plain(outcome.name)}**")
        rows: dict[str, dict[str, Any]] = {}
        for lane, finals in zip(outcome.lanes, outcome.finals, strict=True):
            known = finals[np.isfinite(finals)]
            cost = record.costs.get(lane, {})
            rows[record.lanes[lane].lane.name] = {
                **{f"seed {seed}": value for seed, value in zip(outcome.seeds, finals, strict=True)},
                "mean": float(known.mean()) if len(known) else math.nan,
                "spread (sd)": float(known.std(ddof=1)) if len(known) > 1 else math.nan,
                "ms a step": cost.get("step_ms", math.nan),
                "optimizer state": size(cost["state_bytes"]) if cost else None,
            }
        st.caption(
            f"{LABELS[outcome.score].capitalize()} at the last evaluation. NaN: the seed went astray, or has not begun."
        )
        st.dataframe(pd.DataFrame(rows).T.rename_axis("Lane"), placeholder="–")
        _speed(record, outcome)


def _speed(record: RaceRecord, outcome: TaskOutcome) -> None:
    """Ask for a target, and say which lanes reach it sooner."""
    means = [float(np.mean(finals[np.isfinite(finals)])) for finals in outcome.finals if np.isfinite(finals).any()]
    if not means:
        return
    usual = float(f"{(min if outcome.higher_is_better else max)(means):.2g}")
    target = st.number_input(
        f"Verdict on speed: samples needed to reach a {LABELS[outcome.score]} of", value=usual, step=0.01, format="%.4g",
        key=f"race.speed.{record.id}.{outcome.task}", on_change=leading.changed,
    )  # fmt: skip
    found = speed(record, outcome, float(target))
    st.markdown(plain(found.headline))
    for note in found.notes:
        st.caption(plain(note))


def _tuning(run: Run) -> None:
    record = read_race(run)
    st.caption(
        f"Each tuned lane got {record.race.trials} trials with the whole budget, drawn from its optimizer's published search "
        f"space with the same random numbers, and judged on seed {record.race.tuning_seed}, which does not race. A wide gap "
        "between best and typical means that the optimizer needs its tuning."
    )
    for task in range(len(record.race.tasks)):
        if len(record.race.tasks) > 1:
            st.markdown(f"**{plain(record.race.task_name(task))}**")
        found = {
            record.lanes[lane].lane.name: [one for one in tuning(record, lane, task) if one["through"]]
            for lane in record.standing()
            if record.lanes[lane].lane.tuned
        }
        found = {name: trials for name, trials in found.items() if trials}
        numbers = {lane.lane.name: number_ for number_, lane in enumerate(record.lanes)}
        if not found:
            st.info("The first trial is not through yet.", icon=":material/hourglass:")
            continue
        score = LABELS[record.score_of(record.of("tuning", task)[0])]
        draw(trials_figure({name: (numbers[name], [one["score"] for one in trials]) for name, trials in found.items()}, score), f"trials.{task}",
             "The score of every trial, one row a lane.")  # fmt: skip
        table = {
            name: {
                "best": trials[0]["score"],
                "typical (median)": float(np.nanmedian([one["score"] for one in trials])),
                "worst": next((one["score"] for one in reversed(trials) if math.isfinite(one["score"])), math.nan),
                "went astray": f"{sum(not math.isfinite(one['score']) for one in trials)} of {len(trials)}",
                "settings of the best": ", ".join(
                    f"{path.removeprefix('optim.')} {number(value)}" for path, value in trials[0]["changes"].items()
                ),
            }
            for name, trials in found.items()
        }
        st.dataframe(pd.DataFrame(table).T.rename_axis("Lane"))
        with st.expander("Search spaces"):
            for lane in record.standing():
                if record.lanes[lane].lane.tuned:
                    spec = OPTIMIZERS[record.lane_recipe(lane).optim.key]
                    spaces = ", ".join(f"{name}: {space.words()}" for name, space in spec.search_space.settings.items())
                    st.markdown(f"- **{plain(spec.label)}** {plain(spaces)} ({plain(spec.search_space.source)})")


def _sensitivity(run: Run, status: RunStatus) -> None:
    record = read_race(run)
    found = sweeps(record)
    if not found:
        words = "It begins when every lane has raced." if status.word in ACTIVE else "No lane was swept."
        st.info(words, icon=":material/hourglass:")
        return
    names = {lane: record.lanes[lane].lane.name for lane in record.standing()}
    draw(
        sensitivity_figure(found, names),
        "sensitivity",
        "Validation loss at the end against the learning rate, for each lane.",
    )
    st.caption(
        "Each lane trained anew at each rate, with every seed. Thick: the rates around the best one that come at least three "
        "quarters of its way down from the untrained loss. A wide range forgives a bad guess. Rates at which a seed went "
        "astray have no mean."
    )
    table = {
        names[one.lane]: {
            "best rate": one.rates[int(np.nanargmin(one.means))] if one.stable else math.nan,
            "loss there": float(np.nanmin(one.means)) if one.stable else math.nan,
            "stable from": one.stable[0] if one.stable else math.nan,
            "to": one.stable[1] if one.stable else math.nan,
            "decades": math.log10(one.stable[1] / one.stable[0]) if one.stable else math.nan,
        }
        for one in found
    }
    st.dataframe(pd.DataFrame(table).T.rename_axis("Lane"))


def _profile(record: RaceRecord) -> None:
    outcomes = task_outcomes(record)
    found = (
        profile(record, outcomes) if all(record.of("race", task) for task in range(len(record.race.tasks))) else None
    )
    if found is None:
        st.info("It needs two data sets on which every lane has raced.", icon=":material/hourglass:")
        return
    names = {lane: record.lanes[lane].lane.name for lane in record.standing()}
    draw(profile_figure(found, names), "profile", "Share of data sets on which a lane is within a factor of the best.")
    st.caption(
        "On how many data sets a lane needs at most so many times the samples of the fastest lane, to come within 5 % of the "
        "way to the best mean result. At factor 1: how often it is the fastest. On the right: how often it gets there at all. "
        "Dolan and Moré 2002."
    )


def _fairness(record: RaceRecord) -> None:
    st.caption(
        "What makes it a fair race, proved by hashes (sha256): of all weights before the first step, and of the row numbers of "
        "every batch in order. Lanes in one group started from, or were given, exactly the same."
    )
    rows = []
    for one in proof(record):
        for kind, words in (("initial", "initial weights"), ("batches", "batches")):
            for digest, names in one[kind].items():
                rows.append(
                    {"data": one["task"], "seed": one["seed"], "same": words, "hash": digest, "lanes": ", ".join(names)}
                )
    st.dataframe(pd.DataFrame(rows), hide_index=True)
    paths: dict[str, list[str]] = {}
    for lane in record.standing():
        members = record.of("race", lane=lane)
        if members and (path := record.paths.get(members[0].number)):
            words = (
                f"{path['together']} trained as one batched computation"
                if path["together"] > 1
                else f"trained one by one: {path['why'] or 'nothing to share'}"
            )
            paths.setdefault(words, []).append(record.lanes[lane].lane.name)
    for words, names in paths.items():
        st.caption(f":material/memory: {plain(', '.join(names))}: {plain(words)}.")


def _recipes(run: Run, record: RaceRecord) -> None:
    st.caption(
        "A lane is a whole recipe. Train it alone to see every layer, findings and checkpoints: it repeats the lane's numbers."
    )
    for number_, lane in enumerate(record.lanes):
        if lane.state == "dropped":
            continue
        recipe = record.lane_recipe(number_)
        with st.container(border=True):
            left, right = st.columns([4, 1], vertical_alignment="center")
            with left:
                changes = {**lane.lane.changes, **lane.chosen.get(0, {})}
                st.markdown(
                    f"**{plain(lane.lane.name)}** "
                    + plain(
                        ", ".join(f"{path} = {number(value)}" for path, value in changes.items()) or "the base recipe"
                    )
                )
            with right:
                if st.button("Train it alone", icon=":material/monitoring:", key=f"alone.{run.id}.{number_}"):
                    from app.views.start import start_run

                    start_run(to_document(recipe))
    with st.expander("The race as text"):
        st.code(to_yaml(record.race), language="yaml")


def _labels(run: Run, status: RunStatus) -> None:
    labels.editor(run)
    if status.word in ACTIVE:
        st.caption("A race that is going on can't be deleted; stop it first.")
    elif st.button("Delete this race", icon=":material/delete:", key=f"race.delete.{run.id}"):
        state.workspace().trash(run.id)
        state.notify("toast", "Moved to the trash. All runs → Trash brings it back.")
        navigation.go("race")
