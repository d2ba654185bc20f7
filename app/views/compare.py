"""The Compare page: several runs in one chart, where their recipes differ, and what they reached."""

from __future__ import annotations

import contextlib
from typing import Any

import pandas as pd
import streamlit as st

from app import demo, failures, navigation, state
from app.components.live_charts import live_charts
from app.forms.draft import flatten
from app.views.average import average_view
from app.words import metric, number, plain
from core.errors import ClinicError, UnknownRun
from core.store.summaries import RunSummary, summaries, summary
from core.store.workspace import Run

MAX_RUNS = 8
UNTOLD = ("format", "name")
UNSAID = "kept back until the exercise ends"


def page() -> None:
    """Draw the page."""
    st.title("Compare")
    known = summaries(state.workspace())
    known += [summary(run) for run in _lent({one.id for one in known})]
    if len(known) < 2:
        st.info(
            "Two runs are needed to compare. Start another one, for example with another optimizer or learning rate.",
            icon=":material/compare_arrows:",
        )
        with st.container(horizontal=True):
            navigation.link("train", "Start a run")
            navigation.link("runs", "See all runs")
        return
    runs = _pick(known)
    if len(runs) < 2:
        st.info(
            "Pick two or more runs above; their curves are drawn over each other.", icon=":material/stacked_line_chart:"
        )
        return
    live_charts([run.id for run in runs], key="compare." + ".".join(run.id for run in runs))
    with failures.guard():
        _tables(runs)
        average_view(runs, _headings(runs))


def _lent(own: set[str]) -> list[Run]:
    """The runs of the address that are somebody else's and may be looked at."""
    found = []
    for run_id in state.query_list("runs"):
        with contextlib.suppress(UnknownRun):
            if run_id not in own:
                found.append(state.workspace().run(run_id))
    return [run for run in found if run.read_only and not run.is_race]


def _pick(known: list[RunSummary]) -> list[Run]:
    """Draw the choice of runs; the address carries it, so that the page can be shared."""
    names = {run.id: f"{run.name} · {run.status} · {run.id[-6:]}" for run in known}
    asked = state.query_list("runs")
    gone = [run_id for run_id in asked if run_id not in names]
    if gone:
        st.warning("Not in this workspace: " + ", ".join(plain(g[:60]) for g in gone), icon=":material/search_off:")
    key = "compare.runs"
    if st.session_state.get("compare.asked") != asked:
        st.session_state["compare.asked"] = asked
        st.session_state[key] = [run_id for run_id in asked if run_id in names][:MAX_RUNS]
    if demo.on():
        picked = [run_id for run_id in asked if run_id in names][:MAX_RUNS]
    else:
        picked = st.multiselect("Runs", list(names), key=key, format_func=names.__getitem__, max_selections=MAX_RUNS)
    if picked != asked:
        st.session_state["compare.asked"] = picked
        if picked:
            st.query_params["runs"] = ",".join(picked)
        else:
            st.query_params.clear()
    found = []
    for run_id in picked:
        try:
            found.append(state.workspace().run(run_id))
        except UnknownRun as error:
            st.warning(failures.sentence(error))
    return found


def _tables(runs: list[Run]) -> None:
    heads = _headings(runs)
    st.markdown("##### What they reached")
    table = [_reached(run) for run in runs]
    st.dataframe(pd.DataFrame(table, index=pd.Index(heads, name="Run")).T.rename_axis("Figure"), placeholder="–")
    st.markdown("##### Where the recipes differ")
    rows = recipe_differences(runs)
    if rows:
        st.dataframe(pd.DataFrame(rows, index=pd.Index(heads, name="Run")).T.rename_axis("Setting"), placeholder="–")
    else:
        st.caption("Nowhere: the same recipe each time. Different curves then come from live changes or the machine.")


def _headings(runs: list[Run]) -> list[str]:
    names = [summary(run).name for run in runs]
    return [
        name if names.count(name) == 1 else f"{name} ({run.id[-6:]})" for name, run in zip(names, runs, strict=True)
    ]


def recipe_differences(runs: list[Run]) -> list[dict[str, str | None]]:
    """For each run the settings that are not the same in all of them, as text."""
    flats: list[dict[str, Any]] = []
    for run in runs:
        try:
            flats.append({**flatten(run.document()), **dict.fromkeys(run.kept_back, UNSAID)})
        except ClinicError:
            flats.append({})
    paths = list(dict.fromkeys(path for flat in flats for path in flat if path not in UNTOLD))
    missing = object()
    differing = [path for path in paths if len({repr(flat.get(path, missing)) for flat in flats}) > 1]
    return (
        [{path: None if path not in flat else str(flat[path]) for path in differing} for flat in flats]
        if differing
        else []
    )


def _reached(run: Run) -> dict[str, str]:
    found = summary(run)
    best = {f"best {metric(found.metric)}": number(found.best)} if found.metric else {}
    last = {f"last {metric(name)}": number(value) for name, value in found.metrics.items()}
    return {"status": found.status, "steps": f"{found.steps:,}", "seconds": f"{found.seconds:.1f}", **best, **last}
