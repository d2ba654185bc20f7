"""What of a race can be taken along: its link, its set-up, records and scripts."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from app import navigation
from app.forms.text import file_stem
from app.views.race import draft as race_draft
from app.views.run.downloads import web_page
from app.words import plain
from core.errors import NotAllowed
from core.export.races import lanes_csv, race_script_zip
from core.export.script import leave_with_owner
from core.race.links import to_link
from core.race.recipe import to_yaml
from core.race.record import RaceRecord, read_race
from core.store.workspace import Run


def downloads(run: Run, record: RaceRecord) -> None:
    """Draw the race's link, one button per file, and the way to a new race like it."""
    st.caption("The whole set-up, to be opened in any Gradient Clinic: add this to its address.")
    st.code(f"race?setup={to_link(record.race)}", language=None, wrap_lines=True)
    stem = file_stem(run.control.labels().get("name", run.id))
    offers: tuple[tuple[str, str, str, str, str, Callable[[], bytes | str]], ...] = (
        ("Race file", "description", "The set-up as YAML.", "yaml", "text/yaml", lambda: to_yaml(record.race)),
        ("Web page", "public", "All charts and the verdict in one file; opens offline.", "html", "text/html", lambda: web_page(run)),
        ("CSV", "table_view", "Every lane, seed and point.", "csv", "text/csv", lambda: lanes_csv(read_race(run))),
        ("PyTorch scripts", "code", "Plain PyTorch that runs the race again.", "zip", "application/zip", lambda: race_script_zip(run)),
    )  # fmt: skip
    for column, (label, icon, help, suffix, mime, make) in zip(st.columns(len(offers)), offers, strict=True):
        with column, st.container(border=True, height="stretch"):
            st.markdown(f"**:material/{icon}: {label}**")
            st.caption(help)
            if suffix == "zip" and (refused := _why_no_scripts(run, record)):
                st.caption(f":material/visibility_off: {plain(refused)}")
                continue
            st.download_button(
                "Download", data=make, file_name=f"{stem}.{suffix}", mime=mime, key=f"race.download.{suffix}",
                on_click="ignore", icon=":material/download:", width="stretch",
            )  # fmt: skip
    if st.button("Put a new race together from this one", icon=":material/edit_note:", key="race.again"):
        race_draft.load(record.race.document())
        navigation.go("race")


def _why_no_scripts(run: Run, record: RaceRecord) -> str:
    """Why there are no scripts of this race for whoever looks; nothing where there are."""
    try:
        leave_with_owner(run, [record.lane_recipe(lane) for lane in record.standing()])
    except NotAllowed as error:
        return str(error)
    return ""
