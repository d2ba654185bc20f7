"""The settings of an uploaded table as choices: which table, which of its columns."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from app import navigation, state
from app.forms import draft as drafts
from app.forms.draft import Draft
from core.data.upload.store import list_uploads
from core.registry import Param

KEY = "upload"


def with_choices(params: tuple[Param, ...], draft: Draft) -> tuple[Param, ...]:
    """The same params, with the uploaded tables and the columns of the chosen one to choose from."""
    tables = {table.name: table for table in list_uploads(state.workspace().home)}
    if not tables:
        st.info("No table has been uploaded yet.", icon=":material/upload_file:")
        navigation.link("data", "Upload a table on the Data page")
        return tuple(param for param in params if param.name not in ("file", "target"))
    chosen = str(drafts.params(draft, "data").get("file", ""))
    table = tables.get(chosen) or next(iter(tables.values()))
    choices = {"file": tuple(tables), "target": tuple(column.name for column in table.columns)}
    return tuple(replace(p, choices=choices[p.name]) if p.name in choices else p for p in params)
