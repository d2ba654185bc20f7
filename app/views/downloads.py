"""Taking a run away: rows as CSV or JSON, a page that works offline, a script that trains it again."""

from __future__ import annotations

import streamlit as st

from app.forms.text import file_stem
from app.live.report import standalone_html
from core.store import export
from core.store.script import script_zip
from core.store.workspace import Run


def downloads(run: Run) -> None:
    """Draw one button per format; each file is made when its button is pressed."""
    stem = file_stem(run.control.labels().get("name", run.id))
    offers = (
        ("CSV", "table_view", "Every recorded step as one table.", f"{stem}.csv", "text/csv", export.rows_csv),
        ("JSON", "data_object", "Recipe, history and every row.", f"{stem}.json", "application/json", export.rows_json),
        ("Web page", "public", "All charts in one file; opens offline.", f"{stem}.html", "text/html", standalone_html),
        ("PyTorch script", "code", "Plain PyTorch that trains this run again.", f"{stem}.zip", "application/zip", script_zip),
    )  # fmt: skip
    for column, (label, icon, help, name, mime, make) in zip(st.columns(4), offers, strict=True):
        with column, st.container(border=True):
            st.markdown(f"**:material/{icon}: {label}**")
            st.caption(help)
            st.download_button(
                "Download",
                data=lambda make=make: make(run),
                file_name=name,
                mime=mime,
                key=f"download.{run.id}.{label}",
                on_click="ignore",
                icon=":material/download:",
                width="stretch",
            )
