"""The buttons of a race: pause, step, stop, resume; add, freeze and drop lanes."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from typing import Any, Literal

import streamlit as st

from app import failures, state
from app.words import plain
from core.optim.catalogue import OPTIMIZERS
from core.race.members import lane_state_of
from core.race.recipe import parse_lane
from core.recipe.codec import parse_assignments
from core.store.status import RunStatus, run_status
from core.store.workspace import Run

OBEY_SECONDS = 1.0
AT_WORK = ("running", "paused", "stalled")


def control_bar(run: Run, status: RunStatus, *, lanes: bool = True) -> None:
    """Draw the buttons that make sense in this state; `lanes` says whether lanes may be changed as well."""
    word = status.word
    with st.container(horizontal=True, vertical_alignment="bottom", key="control_bar"):
        if word == "queued":
            _button("Cancel", "cancel", lambda: _jobs().cancel(state.workspace(), run), "Takes it out of the queue.")
        if word == "running":
            _button(
                "Pause",
                "pause",
                lambda: send(run, "pause"),
                "All lanes wait after the current stretch of steps.",
                "primary",
            )
        if word == "paused":
            _button("Resume", "play_arrow", lambda: send(run, "resume"), "All lanes go on.", "primary")
            _button(
                "Step",
                "skip_next",
                lambda: send(run, "step", {"count": 1}),
                "Every lane takes one stretch of steps: one more point on each curve.",
            )
        if word in AT_WORK:
            _button("Stop and keep", "stop", lambda: send(run, "stop"), "Keeps all curves; resume any time.")
        if word == "stalled":
            _button("End the process", "cancel", lambda: _jobs().kill(run), "Ends it at once; what is on disk stays.")
        if word in ("lost", "stopped", "failed"):
            _button(
                "Resume",
                "play_arrow",
                lambda: _jobs().resume(state.workspace(), run),
                "Every lane goes on exactly where it was kept last.",
                "primary",
            )
        if lanes and word in (*AT_WORK, "done", "stopped", "lost"):
            with st.popover("Lanes", icon=":material/view_list:", help="Freeze, drop or add a lane."):
                _lanes(run, word)


def _jobs() -> Any:
    from core.runtime import jobs

    return jobs


def _button(
    label: str, icon: str, action: Callable[[], Any], help: str, kind: Literal["primary", "secondary"] = "secondary"
) -> None:
    if st.button(label, icon=f":material/{icon}:", help=help, type=kind, key=f"race.control.{label}"):
        with failures.guard():
            action()
            st.rerun()


def send(run: Run, name: str, args: dict[str, Any] | None = None) -> None:
    """Store a command and give the race a moment to obey; one that is over is resumed for a change of lanes."""
    before = run_status(run)
    run.control.send(name, args, author="app", key=uuid.uuid4().hex)
    if name in ("add", "thaw") and before.word in ("done", "stopped", "lost"):
        _jobs().resume(state.workspace(), run)
    deadline = time.monotonic() + OBEY_SECONDS
    while time.monotonic() < deadline:
        time.sleep(0.1)
        if run_status(run).word != before.word:
            return


def _lanes(run: Run, word: str) -> None:
    reader = run.reader()
    lanes = [lane_state_of(one) for one in reader.meta().get("lanes", [])] if reader else []
    if reader:
        reader.close()
    for lane in lanes:
        name = lane.lane.name
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"**{plain(name)}**" + ("" if lane.state == "racing" else f" ({lane.state})"))
            if lane.state == "racing" and word in AT_WORK:
                _button_for(run, "Freeze", "ac_unit", "freeze", name, "Stands still; its curve stays.")
            if lane.state == "frozen":
                _button_for(run, "Thaw", "sunny", "thaw", name, "Goes on where it stood.")
            if lane.state != "dropped":
                _button_for(run, "Drop", "delete", "drop", name, "Out of the race for good; its rows stay on disk.")
    st.markdown("**One more lane**")
    st.caption("It starts from the same weights, gets the same batches, and catches up.")
    key = st.selectbox(
        "Optimizer", list(OPTIMIZERS), format_func=lambda one: OPTIMIZERS[one].label, key="race.new.optim"
    )
    lr = st.number_input(
        "Learning rate",
        min_value=0.0,
        value=float(OPTIMIZERS[key].suggested_lr),
        format="%.6g",
        key=f"race.new.lr.{key}",
    )
    name = st.text_input(
        "Name", value=f"{OPTIMIZERS[key].label} {lr:g}", max_chars=40, key=f"race.new.name.{key}.{lr:g}"
    )
    more = st.text_input(
        "Also changes", placeholder="train.batch_size=16, init.key=he_normal", key="race.new.more", max_chars=500,
        help="Settings of the recipe, as section.name=value, separated by commas.",
    )  # fmt: skip
    if st.button("Add", icon=":material/add:", key="race.new.add"):
        with failures.guard():
            changes = parse_assignments(part for part in (more or "").split(",") if part.strip())
            lane_document = {"name": name, "changes": {"optim.key": key, "optim.lr": lr, **changes}}
            parse_lane(lane_document)
            send(run, "add", {"lane": lane_document})
            state.notify("toast", f"{plain(name)} was let in.")
            st.rerun()


def _button_for(run: Run, label: str, icon: str, verb: str, lane: str, help: str) -> None:
    if st.button(label, icon=f":material/{icon}:", key=f"race.{verb}.{lane}", help=help, type="tertiary"):
        with failures.guard():
            send(run, verb, {"lane": lane})
            st.rerun()
