"""The All runs page: find, sort, rename, tag, note, delete with undo, open, overlay."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pandas as pd
import streamlit as st

from app import failures, navigation, state
from app.theme import STATUS_SHAPES
from app.views.run import labels
from app.words import count, metric, plain
from core.store.status import ACTIVE
from core.store.summaries import RunSummary, matches, summaries

MAX_OVERLAY = 8


def page() -> None:
    """Draw the page."""
    st.title("All runs")
    _undo()
    found = summaries(state.workspace())
    if not found:
        nothing_yet()
    else:
        _table(found)
    _trash()


def nothing_yet() -> None:
    """Say what to do when there is no run."""
    st.info("There is no run yet. Every run you start is kept here until you delete it.", icon=":material/list_alt:")
    with st.container(horizontal=True):
        navigation.link("home", "Start a first run in one click")
        navigation.link("train", "Write a recipe")


def _table(found: list[RunSummary]) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        text = st.text_input(
            "Find", placeholder="name, tag, data set, model, …", key="runs.find", persist_state="session", width=320
        )
        words = sorted({run.status for run in found})
        picked = st.pills(
            "Status",
            words,
            selection_mode="multi",
            key="runs.status",
            format_func=lambda w: f"{STATUS_SHAPES.get(w, '')} {w}",
        )
    shown = [run for run in found if matches(run, text or "") and (not picked or run.status in picked)]
    if not shown:
        st.info("No run fits. Clear the search text or the status filter.", icon=":material/filter_alt_off:")
        return
    st.caption(f"{count(len(shown), 'run')} of {len(found):,}. Click a heading to sort; tick rows to act on them.")
    actions = st.container()  # above the table, so that they are in sight however long it is
    event = st.dataframe(
        frame(shown),
        hide_index=True,
        on_select="rerun",
        selection_mode="multi-row",
        key=f"runs.table.{hash(tuple(run.id for run in shown))}",
        height=min(38 * len(shown) + 42, 560),
        column_config=COLUMNS,
        placeholder="",
    )
    chosen = [shown[row] for row in event["selection"]["rows"] if row < len(shown)]
    with actions:
        _actions(chosen)


COLUMNS: dict[str, Any] = {
    "Created": st.column_config.DatetimeColumn(format="D MMM YYYY, HH:mm"),
    "Learning rate": st.column_config.NumberColumn(format="%.4g"),
    "Best": st.column_config.NumberColumn(format="%.4f", help="Best validation accuracy or R²; else the lowest loss."),
    "Steps": st.column_config.NumberColumn(format="localized"),
    "Seconds": st.column_config.NumberColumn(format="%.1f"),
    "Tags": st.column_config.ListColumn(),
}


def frame(found: list[RunSummary]) -> pd.DataFrame:
    """The table of runs."""
    return pd.DataFrame(
        {
            "Status": [f"{STATUS_SHAPES.get(run.status, '')} {run.status}" for run in found],
            "Name": [run.name for run in found],
            "Data": [run.dataset for run in found],
            "Model": [run.model for run in found],
            "Optimizer": [run.optimizer for run in found],
            "Learning rate": [run.lr for run in found],
            "Best": [run.best for run in found],
            "Metric": [metric(run.metric).removeprefix("validation ") for run in found],
            "Steps": [run.steps for run in found],
            "Seconds": [run.seconds for run in found],
            "Tags": [list(run.tags) for run in found],
            "Created": [datetime.fromtimestamp(run.created) for run in found],
        }
    )


def _actions(chosen: list[RunSummary]) -> None:
    if not chosen:
        st.caption(":material/check_box: Tick one run to open or rename it, several to overlay them.")
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        if len(chosen) == 1 and st.button("Open", type="primary", icon=":material/monitoring:"):
            navigation.go("run", run=chosen[0].id)
        if len(chosen) > 1 and st.button(
            f"Overlay {len(chosen)} runs",
            type="primary",
            icon=":material/stacked_line_chart:",
            disabled=len(chosen) > MAX_OVERLAY,
            help=f"At most {MAX_OVERLAY} at once.",
        ):
            navigation.go("compare", runs=",".join(run.id for run in chosen))
        if len(chosen) == 1:
            with st.popover("Rename, tag, note", icon=":material/edit:"), failures.guard():
                labels.editor(state.workspace().run(chosen[0].id))
        if st.button("Delete", icon=":material/delete:", help="Moves to the trash; can be undone."):
            _delete(chosen)


def _delete(chosen: list[RunSummary]) -> None:
    gone = []
    for run in chosen:
        with failures.guard():
            if run.status in ACTIVE:
                state.notify("info", f"{plain(run.name)} is {run.status}: stop it before deleting it.")
                continue
            state.workspace().trash(run.id)
            gone.append(run.id)
    if gone:
        st.session_state["just_deleted"] = gone
    st.rerun()


def _undo() -> None:
    just = st.session_state.get("just_deleted", [])
    if just:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f":material/delete: {count(len(just), 'run')} moved to the trash.")
            if st.button("Undo", icon=":material/undo:"):
                _restore(just)


def _trash() -> None:
    workspace = state.workspace()
    trashed = workspace.trashed()
    if not trashed:
        return
    with st.expander(f"Trash ({len(trashed)})", icon=":material/delete:"):
        picked = st.multiselect("Runs in the trash", trashed, key="trash.picked")
        with st.container(horizontal=True):
            if st.button("Restore", icon=":material/restore_from_trash:", disabled=not picked):
                _restore(picked)
            sure = st.checkbox("I mean it", key="trash.sure")
            if st.button("Empty the trash for good", icon=":material/delete_forever:", disabled=not sure):
                workspace.empty_trash()
                st.session_state.pop("just_deleted", None)
                state.notify("toast", "The trash is empty.")
                st.rerun()


def _restore(ids: list[str]) -> None:
    for run_id in ids:
        with failures.guard():
            state.workspace().restore(run_id)
    st.session_state.pop("just_deleted", None)
    state.notify("toast", f"{count(len(ids), 'run')} restored.")
    st.rerun()
