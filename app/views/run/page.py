"""The page of one run: live charts, controls, history, checkpoints, recipe, notes and downloads."""

from __future__ import annotations

import streamlit as st

from app import demo, failures, navigation, state, theme
from app.components.live_charts import live_charts, news
from app.views.classroom import lent
from app.views.run import checkpoints, controls, downloads, findings, history, labels
from app.views.run.recipe import recipe_view, watched_view
from app.words import plain
from core.errors import ClinicError, UnknownRun
from core.store.status import ACTIVE, RunStatus, run_status
from core.store.workspace import Run

WATCH = "5s"
WATCHED = "Recorded by `gradclinic.watch` in a program of its own: it can be looked at here, but not paused, changed or forked."


def wanted_run() -> Run | None:
    """The run of the address (?run=ID), else the one opened last, else the newest; None when there is none.

    Raises:
        UnknownRun: when the address names a run that is not there.
    """
    workspace = state.workspace()
    if asked := state.query("run"):
        return workspace.run(asked)
    last = st.session_state.get("last_run")
    for run in workspace.runs():
        if last is None or run.id == last:
            return run
    return next(workspace.runs(), None)


def page() -> None:
    """Draw the page, or say what to do when there is no such run."""
    try:
        run = wanted_run()
    except UnknownRun:
        missing(state.query("run"))
        return
    if run is None:
        nothing_yet()
        return
    if run.is_race:
        navigation.go("race", race=run.id)
    if state.query("run") != run.id or st.session_state.get("last_run") != run.id:
        st.query_params["run"] = run.id  # told again: what is set just before a rerun may not reach the browser
    st.session_state["last_run"] = run.id
    status = run_status(run)
    header(run)
    watch(run, status)
    if status.word == "damaged":
        damaged(run, status)
        return
    if run.watched:
        st.caption(WATCHED)
    elif run.read_only:
        lent.note(run)
    elif not demo.on():
        controls.control_bar(run, status)
    if not demo.on():
        with failures.guard():
            findings.findings(run, status)
    changed = live_charts([run.id], key=f"live.{run.id}", focus=findings.focus(run))
    if not demo.on():
        details(run, status)
    if getattr(changed, "status", None) and changed.status != news(run_status(run)):
        st.rerun()


def header(run: Run) -> None:
    """Draw the name and the badges; status, reason and next action are drawn live by the charts below."""
    found = run.control.labels()
    st.title(plain(found.get("name", run.id)), anchor=False)
    with st.container(horizontal=True, vertical_alignment="center"):
        for tag in found.get("tags", []):
            st.badge(plain(tag), icon=":material/label:", color="gray")
        origin = {} if run.read_only else run.origin()
        if origin.get("run"):
            navigation.link("run", f"forked at step {origin.get('step')}", icon="fork_right", run=str(origin["run"]))
        if origin.get("patient"):
            navigation.link(
                "run", f"treated twin, for {origin.get('finding')}", icon="healing", run=str(origin["patient"])
            )
        st.caption(f"`{run.id}`")
        if not run.watched and run.checkpoints.list():
            navigation.link("errors", "What it gets wrong", run=run.id)
            navigation.link("explain", "What it rests on", run=run.id)


def watch(run: Run, status: RunStatus) -> None:
    """Draw the badge of a verified resume, and draw the page anew should the charts not have told of a new status."""

    def look() -> None:
        history.verified_badge(run)
        if news(run_status(run)) != news(status):
            st.rerun()

    st.fragment(look, run_every=WATCH if status.active else None)()


def details(run: Run, status: RunStatus) -> None:
    """Draw the tabs below the charts."""
    drawers = {
        "History": lambda: history.history(run, live=status.word in ACTIVE),
        "Checkpoints and forks": lambda: checkpoints.checkpoints(run, status),
        "Recipe": lambda: recipe_view(run),
        "Name, tags, note": lambda: labels.editor(run),
        "Download": lambda: downloads.downloads(run),
    }
    if run.watched:
        del drawers["Checkpoints and forks"], drawers["Recipe"]
        drawers["What was watched"] = lambda: watched_view(run)
    if run.read_only:
        del drawers["Name, tags, note"]
    for tab, draw in zip(st.tabs(list(drawers), key="run_tabs", on_change="rerun"), drawers.values(), strict=True):
        if tab.open:
            with tab, failures.guard():
                draw()


def missing(asked: str) -> None:
    """Say that there is no such run, and what to do."""
    st.title("No such run")
    st.info(
        f"This workspace has no run **{plain(asked[:80])}**. It may have been deleted, or the link comes from "
        "another computer.",
        icon=":material/search_off:",
    )
    if asked in state.workspace().trashed() and st.button("Bring it back from the trash", icon=":material/undo:"):
        with failures.guard():
            state.workspace().restore(asked)
            st.rerun()
    with st.container(horizontal=True):
        navigation.link("runs", "See all runs")
        navigation.link("train", "Start a new run")


def nothing_yet() -> None:
    """Say that there is no run yet, and what to do."""
    st.title("Run")
    st.info("There is no run yet. Start one, and you can watch it here while it trains.", icon=":material/monitoring:")
    with st.container(horizontal=True):
        navigation.link("home", "Start a first run in one click")
        navigation.link("train", "Write a recipe")


def damaged(run: Run, status: RunStatus) -> None:
    """Say what is known of a run whose files can't be read; other runs are not touched."""
    theme.status_badge(status.word)
    st.error(plain(status.reason), icon=":material/broken_image:")
    st.write(
        "Other runs are not touched by this. If you have a copy of its folder, put it back and reload this page; "
        "or delete the run, which moves it to the trash."
        if not run.read_only
        else "Other runs are not touched by this."
    )
    if not run.read_only:
        st.code(str(run.path), language=None)
    with st.expander("What can still be read"):
        try:
            st.json(run.document(), expanded=1)
        except ClinicError as error:
            st.write(failures.sentence(error))
    if not run.read_only and st.button("Delete this run", icon=":material/delete:"):
        with failures.guard():
            state.workspace().trash(run.id)
            state.notify("toast", "Moved to the trash. All runs → Trash brings it back.")
            navigation.go("runs")
