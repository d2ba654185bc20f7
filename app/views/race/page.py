"""The Race page: one race, live, when the address names it; else the form that puts one together."""

from __future__ import annotations

import streamlit as st

from app import demo, failures, navigation, state
from app.components.live_charts import news
from app.components.race_charts import race_charts
from app.views.classroom import lent
from app.views.race import controls, details, setup, verdict
from app.views.run import page as run_page
from app.words import plain
from core.errors import UnknownRun
from core.store.status import RunStatus, run_status
from core.store.workspace import Run

WATCH = "5s"


def page() -> None:
    """Draw the race of the address, or the form."""
    asked = state.query("race")
    if not asked:
        setup.page()
        return
    try:
        run = state.workspace().run(asked)
    except UnknownRun:
        missing(asked)
        return
    if not run.is_race:
        navigation.go("run", run=run.id)
    status = run_status(run)
    st.title(plain(run.control.labels().get("name", run.id)), anchor=False)
    navigation.link("race", "All races, and a new one", icon="arrow_back")
    if status.word == "damaged":
        run_page.damaged(run, status)
        return
    watch(run, status)
    if run.read_only:
        lent.note(run, "race")
    elif not demo.on():
        controls.control_bar(run, status)
    with failures.guard():
        verdict.verdict(run, status)
    changed = race_charts(run.id, key=f"race.{run.id}")
    if not demo.on():
        with failures.guard():
            details.details(run, status)
    if getattr(changed, "status", None) and changed.status != news(run_status(run)):
        st.rerun()


def watch(run: Run, status: RunStatus) -> None:
    """Draw the page anew should the charts not have told of a new status."""

    def look() -> None:
        if news(run_status(run)) != news(status):
            st.rerun()

    st.fragment(look, run_every=WATCH if status.active else None)()


def missing(asked: str) -> None:
    """Say that there is no such race, and what to do."""
    st.title("No such race", anchor=False)
    st.info(
        f"This workspace has no race **{plain(asked[:80])}**. It may have been deleted, or the link comes from another "
        "computer.",
        icon=":material/search_off:",
    )
    if asked in state.workspace().trashed() and st.button("Bring it back from the trash", icon=":material/undo:"):
        with failures.guard():
            state.workspace().restore(asked)
            st.rerun()
    navigation.link("race", "Put a race together")
