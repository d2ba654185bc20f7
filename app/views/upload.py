"""The user's own tables: upload, look at what was understood, choose the target, use it."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from app import failures, state
from app.charts.classes import balance_figure
from app.charts.figures import draw
from app.forms.checks import prepared
from app.views import data as data_view
from app.words import count, plain
from core.data.files import sample_file
from core.data.upload.infer import USED
from core.data.upload.limits import ENDINGS, MAX_BYTES, MAX_COLUMNS
from core.data.upload.store import UploadedTable, delete_upload, list_uploads, preview, save_upload
from core.recipe.codec import parse_recipe, with_changes
from core.registry import ParamValue

TASKS = {
    "auto": "let the target decide",
    "classification": "classification (tell classes apart)",
    "regression": "regression (predict a number)",
}
LEFT_OUT = {
    "text": "free text is left out",
    "identifier": "names each row: left out",
    "constant": "always the same: left out",
    "empty": "no values: left out",
}


def page() -> None:
    """Draw the uploader, and below it the table that is being looked at."""
    with failures.guard():
        _receive()
    tables = {table.name: table for table in list_uploads(state.workspace().home)}
    if not tables:
        _nothing_yet()
        return
    key = "upload.name"
    if st.session_state.get(key) not in tables:
        st.session_state[key] = next(iter(tables))
    name = st.selectbox("Table", list(tables), key=key, format_func=lambda n: f"{tables[n].filename} ({n})")
    with failures.guard():
        _show(tables[name])


def _receive() -> None:
    given = st.file_uploader(
        f"A table as {', '.join(ENDINGS)}; at most {MAX_BYTES // 2**20} MB and {MAX_COLUMNS:,} columns",
        type=[ending.lstrip(".") for ending in ENDINGS],
        max_upload_size=MAX_BYTES // 2**20,
        key="upload.file",
    )
    if given is None or st.session_state.get("upload.seen") == given.file_id:
        return
    with st.spinner("Reading the table…"):
        state.workspace().must_have_room(given.size)
        table = save_upload(state.workspace().home, given.name, given.getvalue())
    st.session_state["upload.seen"] = given.file_id
    st.session_state["upload.name"] = table.name
    st.toast(f"Read {plain(table.filename)}: {count(table.rows, 'row')}.", icon=":material/check:")


def _nothing_yet() -> None:
    st.info(
        "Nothing has been uploaded yet. One row per example, the first line names the columns, one column is what you "
        "want to predict. The table stays in your workspace on this machine.",
        icon=":material/upload_file:",
    )
    st.download_button(
        "No table at hand? Take this one: penguins.csv",
        sample_file("penguins.csv").read_bytes(),
        file_name="penguins.csv",
        mime="text/csv",
        icon=":material/download:",
        type="tertiary",
        on_click="ignore",
    )


def _show(table: UploadedTable) -> None:
    left, right = st.columns([3, 2], gap="large")
    with left:
        st.markdown(f"##### What was understood of {plain(table.filename)}")
        st.caption(f"{count(table.rows, 'row')}, {count(len(table.columns), 'column')}.")
        st.dataframe(columns_table(table), hide_index=True, height=min(38 * len(table.columns) + 42, 330))
        st.markdown("##### First rows")
        st.dataframe(preview(state.workspace().home, table.name), height=230)
    with right:
        st.markdown("##### What to predict")
        values = _choices(table)
        with failures.guard():
            _use(values)
        st.divider()
        if st.button("Delete this table", icon=":material/delete:", type="tertiary"):
            delete_upload(state.workspace().home, table.name)
            state.notify("toast", f"Deleted {plain(table.filename)}.")
            st.rerun()


def columns_table(table: UploadedTable) -> pd.DataFrame:
    """The columns with their inferred types."""
    return pd.DataFrame(
        {
            "Column": [column.name for column in table.columns],
            "Type": [column.type for column in table.columns],
            "Missing": [column.missing for column in table.columns],
            "Distinct": [column.distinct for column in table.columns],
            "Example": [column.example for column in table.columns],
            "As a feature": ["used" if c.type in USED else LEFT_OUT.get(c.type, "left out") for c in table.columns],
        }
    )


def _choices(table: UploadedTable) -> dict[str, ParamValue]:
    names = [column.name for column in table.columns]
    usable = [c.name for c in table.columns if c.type in USED] or names
    target = st.selectbox("Target column", names, index=names.index(usable[-1]), key=f"upload.target.{table.name}")
    task = st.selectbox("Task", list(TASKS), format_func=TASKS.__getitem__, key=f"upload.task.{table.name}")
    return {"file": table.name, "target": target, "task": task}


def _use(values: dict[str, ParamValue]) -> None:
    """Prepare the data as a run would, which brings up every problem, and offer to use it."""
    changes: dict[str, object] = {f"data.{name}": value for name, value in values.items()}
    found = prepared(with_changes(parse_recipe({}), {"data.key": "upload", "loss.key": "cross_entropy", **changes}))
    if st.button("Use this data", type="primary", icon=":material/play_circle:", key="upload.use", width="stretch"):
        data_view.use("upload", values, found.task)
    st.caption(f"This is a {found.task}, with {count(found.x_train.shape[1], 'feature')} after encoding.")
    draw(balance_figure(found, 210), "upload.balance", "Rows per class or spread of the target.")
    data_view.facts(found)
