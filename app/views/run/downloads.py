"""Taking a run away: rows as CSV or JSON, a page that works offline, a script that trains it again."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

import streamlit as st

from app import state
from app.forms.text import file_stem
from app.words import plain
from core.errors import ClinicError
from core.recipe.codec import parse_recipe
from core.store.workspace import Run


@dataclass(frozen=True)
class Format:
    """One kind of file: `make` names a function of a run as "module:function", imported when the button is pressed."""

    label: str
    icon: str
    help: str
    suffix: str
    mime: str
    make: str

    def maker(self, run: Run) -> Callable[[], bytes | str]:
        """A function that makes the file for `run`."""

        def make() -> bytes | str:
            module, _, name = self.make.partition(":")
            return cast("bytes | str", getattr(importlib.import_module(module), name)(run))

        return make


SCRIPT = "core.export.script:script_zip"
FORMATS: tuple[Format, ...] = (
    Format("CSV", "table_view", "Every recorded value, one a line.", "csv", "text/csv", "core.export.records:rows_csv"),
    Format("JSON", "data_object", "Recipe, history and every series.", "json", "application/json", "core.export.records:rows_json"),
    Format("Web page", "public", "All charts in one file; opens offline.", "html", "text/html", "app.views.run.downloads:web_page"),
    Format("PyTorch script", "code", "Plain PyTorch that trains this run again.", "zip", "application/zip", SCRIPT),
)  # fmt: skip


def web_page(run: Run) -> bytes:
    """All charts of `run` in one HTML file that works offline."""
    from app.live.report import standalone_html

    return standalone_html([run.id], state.workspace())


def why_no_script(run: Run) -> str:
    """Why there is no script of this run for whoever looks; nothing where there is one."""
    from core.export.script import leave_with_owner

    try:
        leave_with_owner(run, [parse_recipe(run.document())])
    except ClinicError as error:
        return str(error)
    return ""


def downloads(run: Run) -> None:
    """Draw one button per format; each file is made when its button is pressed."""
    stem = file_stem(run.control.labels().get("name", run.id))
    formats = [offer for offer in FORMATS if not (run.watched and offer.make == SCRIPT)]
    for column, offer in zip(st.columns(len(formats)), formats, strict=True):
        with column, st.container(border=True, height="stretch"):
            st.markdown(f"**:material/{offer.icon}: {offer.label}**")
            st.caption(offer.help)
            if offer.make == SCRIPT and (refused := why_no_script(run)):
                st.caption(f":material/visibility_off: {plain(refused)}")
                continue
            st.download_button(
                "Download",
                data=offer.maker(run),
                file_name=f"{stem}.{offer.suffix}",
                mime=offer.mime,
                key=f"download.{run.id}.{offer.label}",
                on_click="ignore",
                icon=":material/download:",
                width="stretch",
            )
