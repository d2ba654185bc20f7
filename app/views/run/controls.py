"""The control bar of a run: every press is a durable command that the trainer obeys at the next step."""

from __future__ import annotations

import time
import uuid
from typing import Any

import streamlit as st

from app import failures, state
from app.forms.widgets import param_input
from app.words import number, plain
from core.errors import ClinicError
from core.optim.catalogue import OPTIMIZERS
from core.recipe.codec import parse_recipe
from core.registry import ParamValue
from core.store.status import RunStatus, run_status
from core.store.workspace import Run
from core.train.live_settings import CHANGEABLE, LiveSettings

AUTHOR = "app"
OBEY_SECONDS = 1.0
SENT = {
    "pause": "It will pause after the current step.",
    "resume": "It will train on.",
    "step": "Taking the steps.",
    "checkpoint": "A checkpoint is being saved.",
    "stop": "It will stop after the current step and keep everything.",
}
AT_WORK = ("running", "paused", "stalled")


def control_bar(run: Run, status: RunStatus) -> None:
    """Draw the buttons that make sense in this state."""
    word = status.word
    with st.container(horizontal=True, vertical_alignment="bottom", key="control_bar"):
        if word == "queued":
            _button("Cancel", "cancel", lambda: _cancel(run), "Takes it out of the queue; it can be started later.")
        if word == "running":
            _button("Pause", "pause", lambda: _send(run, "pause"), "Waits after the current step.", "primary")
        if word == "paused":
            _button("Resume", "play_arrow", lambda: _send(run, "resume"), "Trains on.", "primary")
            _single_steps(run)
        if word in AT_WORK:
            _button("Checkpoint now", "bookmark_add", lambda: _send(run, "checkpoint"), "Keeps this moment for good.")
            _button(
                "Stop and keep", "stop", lambda: _send(run, "stop"), "Saves a checkpoint and ends; resume any time."
            )
        if word == "stalled":
            _button("End the process", "cancel", lambda: _kill(run), "Ends it at once; what is on disk stays.")
        if word in ("lost", "stopped"):
            label = "Resume" if run.checkpoints.latest() else "Start"
            _button(label, "play_arrow", lambda: _resume(run), "Goes on from the last checkpoint.", "primary")
        if word == "failed":
            _button("Try again", "replay", lambda: _resume(run), "Goes on from the last checkpoint, unchanged.")
    if word in (*AT_WORK, "queued", "done", "stopped", "lost"):
        label = "Train longer" if word == "done" else "Change settings while it trains"
        with st.expander(label, icon=":material/tune:", key=f"settings.{run.id}"):
            _settings(run, status)


def _button(label: str, icon: str, action: Any, help: str, kind: Any = "secondary") -> None:
    if st.button(label, icon=f":material/{icon}:", help=help, type=kind, key=f"control.{label}"):
        with failures.guard():
            action()
            st.rerun()


def _send(run: Run, name: str, args: dict[str, Any] | None = None) -> None:
    before = run_status(run)
    run.control.send(name, args, author=AUTHOR, key=uuid.uuid4().hex)
    _wait(run, before)
    now = run_status(run)
    said = f"It is {now.word} now." if now.word != before.word else SENT.get(name, "Sent to the trainer.")
    state.notify("toast", said)


def _wait(run: Run, before: RunStatus) -> None:
    """Give the trainer a moment to obey, so that the page comes back with the new state."""
    deadline = time.monotonic() + OBEY_SECONDS
    while time.monotonic() < deadline:
        time.sleep(0.1)
        if run_status(run).word != before.word:
            return


def _cancel(run: Run) -> None:
    from core.runtime import jobs

    if jobs.cancel(state.workspace(), run):
        state.notify("toast", "Taken out of the queue.")
    else:
        state.notify("info", "It had just started. Use Stop and keep to end it.")


def _resume(run: Run) -> None:
    from core.runtime import jobs

    jobs.resume(state.workspace(), run)
    state.notify("toast", "Asked to resume from the last checkpoint.")


def _kill(run: Run) -> None:
    from core.runtime import jobs

    jobs.kill(run)
    state.notify("toast", "Ended. Resume goes on from the last checkpoint.")


def _single_steps(run: Run) -> None:
    count = st.number_input("Steps", 1, 100_000, 1, key="control.count", width=130)
    _button(
        "Step", "skip_next", lambda: _send(run, "step", {"count": int(count)}), "Takes that many steps, then waits."
    )


def live_settings(run: Run, status: RunStatus) -> LiveSettings:
    """The values in force: what the trainer last reported, else those of the recipe.

    Raises:
        ClinicError: when the recipe can't be read.
    """
    if reported := status.state.get("settings"):
        return LiveSettings(**reported)
    return LiveSettings.of(parse_recipe(run.document()))


def _settings(run: Run, status: RunStatus) -> None:
    word = status.word
    try:
        now = live_settings(run, status)
        fixed = OPTIMIZERS[parse_recipe(run.document()).optim.key].fixed
    except ClinicError as error:
        st.error(failures.sentence(error))
        return
    stamp = f"{run.id}.{hash(now)}"
    if word != "done":
        _change_form(run, word, now, stamp, fixed)
    with st.form(f"extend.{stamp}", border=False), st.container(horizontal=True, vertical_alignment="bottom"):
        more = st.number_input(f"More epochs (now {now.epochs:,})", 1, 100_000, 5, key=f"live.{stamp}.more", width=220)
        if st.form_submit_button("Extend", icon=":material/more_time:"):
            with failures.guard():
                _extend(run, word, int(more))
                st.rerun()


def _change_form(run: Run, word: str, now: LiveSettings, stamp: str, fixed: tuple[str, ...]) -> None:
    """Inputs for what can be changed while training, with the values in force; `fixed` settings can't be."""
    names = [n for n in CHANGEABLE if n not in fixed and (n != "optim.momentum" or now.momentum is not None)]
    wanted: dict[str, ParamValue] = {}
    with st.form(f"settings.{stamp}", border=False):
        for name, column in zip(names, st.columns(len(names), vertical_alignment="bottom"), strict=True):
            with column:
                wanted[name] = param_input(CHANGEABLE[name], now.get(name), f"live.{stamp}.{name}")
        with st.container(horizontal=True, vertical_alignment="center"):
            pressed = st.form_submit_button("Apply", type="primary", icon=":material/check:")
            st.caption("These are the values in force. A change takes effect at the next step; every chart marks it.")
        if pressed:
            with failures.guard():
                _apply(run, word, now, wanted)
                st.rerun()


def _apply(run: Run, word: str, now: LiveSettings, wanted: dict[str, ParamValue]) -> None:
    changes = {name: value for name, value in wanted.items() if value != now.get(name)}
    for name, value in changes.items():
        now.change(name, value)  # says what is wrong before anything is sent
    for name, value in changes.items():
        run.control.send("set", {"setting": name, "value": value}, author=AUTHOR)
    if changes:
        time.sleep(0.4)
    words = ", ".join(f"{plain(CHANGEABLE[n].label)} → {plain(number(v))}" for n, v in changes.items())
    when = "" if word in AT_WORK else " Takes effect when it trains on."
    state.notify("toast", f"Changed: {words}.{when}" if changes else "Nothing to change.")


def _extend(run: Run, word: str, epochs: int) -> None:
    from core.runtime import jobs

    run.control.send("extend", {"epochs": epochs}, author=AUTHOR)
    if word in ("done", "stopped", "lost"):
        jobs.resume(state.workspace(), run)
    else:
        time.sleep(0.4)
    state.notify("toast", f"Extended by {epochs} epochs.")
