"""What happened to a run: every start, change and command with its step, time and author."""

from __future__ import annotations

import time
from typing import Any

import pandas as pd
import streamlit as st

from app.views.classroom import leading
from app.words import count, number, size
from core.store.rows import Event
from core.store.workspace import Run
from core.train.live_settings import CHANGEABLE

REFRESH = "10s"
HIDDEN = ("command", "author", "setting", "before", "after")
WORDS = {
    "changed": "changed",
    "extended": "extended",
    "checkpoint": "checkpoint saved",
    "checkpoint_requested": "checkpoint asked for",
    "checkpoint_failed": "checkpoint failed",
    "stop_requested": "stop asked for",
    "stepped": "single steps",
    "non_finite": "not a finite number",
    "finding": "fault found",
    "evaluated_in_training_mode": "evaluated in training mode",
    "attributions_stopped": "attributions no longer recorded",
}
CHECKPOINT_KINDS = {
    "first": "before training",
    "auto": "automatic",
    "best": "best so far",
    "user": "yours",
    "last": "at the end",
    "fork": "forked from",
}


def history(run: Run, *, live: bool) -> None:
    """Draw the table; it refreshes itself while a trainer is at work."""
    st.fragment(_table, run_every=REFRESH if live else None)(run)


def _table(run: Run) -> None:
    events = events_of(run)
    if not events:
        st.info("Nothing has happened yet. Every start, change and command will stand here.", icon=":material/history:")
        return
    routine = [e for e in events if e.kind == "checkpoint" and e.data.get("kind") in ("auto", "best")]
    label = f"Show {count(len(routine), 'automatic checkpoint')}"
    if routine and not st.toggle(label, key=f"history.{run.id}.all", on_change=leading.changed):
        events = [event for event in events if event not in routine]
    frame = pd.DataFrame([row(event) for event in reversed(events)])
    st.dataframe(
        frame,
        hide_index=True,
        height=min(38 * len(frame) + 42, 420),
        placeholder="",
        column_config={"What": st.column_config.Column(width="medium")},
    )


def events_of(run: Run) -> list[Event]:
    """The recorded history, oldest first."""
    reader = run.reader()
    if reader is None:
        return []
    try:
        return reader.events()
    finally:
        reader.close()


def row(event: Event) -> dict[str, Any]:
    """One line of the table."""
    data = event.data
    before, after = data.get("before"), data.get("after")
    setting = str(data.get("setting", ""))
    label = CHANGEABLE[setting].label.lower() if setting in CHANGEABLE else setting
    return {
        "Step": event.step,
        "Time": time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(event.time)),
        "What": f"{WORDS.get(event.kind, event.kind)} {label}".strip(),
        "Before": None if before is None else _short(before),
        "After": None if after is None else _short(after),
        "By": str(data.get("author", "")),
        "Details": details(event),
    }


def details(event: Event) -> str:
    """What else there is to say about an event, in words."""
    data = event.data
    if event.kind == "started":
        if data.get("resumed_from") is None:
            return "from the beginning"
        verified = "state verified" if data.get("verified") else "state not verified"
        return f"from the checkpoint at step {data.get('from_step', event.step):,}, {verified} {data.get('note', '')}".strip()
    if event.kind == "checkpoint":
        return f"{CHECKPOINT_KINDS.get(data.get('kind', ''), '')}, {size(data.get('bytes', 0))}, state {_short(data.get('state_hash', ''))}"
    told = {k: v for k, v in data.items() if k not in HIDDEN and v not in (None, "", [])}
    return ", ".join(f"{name.replace('_', ' ')} {_short(value)}" for name, value in told.items())


def _short(value: Any) -> str:
    if isinstance(value, float):
        return number(value)
    text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    is_hash = len(text) == 64 and text.isalnum()
    return f"{text[:12]}…" if is_hash else text if len(text) <= 200 else f"{text[:199]}…"


def verified_badge(run: Run) -> None:
    """Draw a badge when the newest resume found exactly the state that the checkpoint recorded."""
    resumed = [e for e in _safe_events(run) if e.kind == "started" and e.data.get("resumed_from") is not None]
    if not resumed:
        return
    last = resumed[-1]
    state_hash = str(last.data.get("state_hash", ""))[:12]
    if last.data.get("verified"):
        st.badge(
            f"resumed exactly at step {last.step:,}",
            icon=":material/verified:",
            color="green",
            help=f"Weights, buffers, optimizer and random states had the same sha256 as when they were saved: {state_hash}…",
        )
    else:
        st.badge(
            "resumed, state not verified",
            icon=":material/gpp_maybe:",
            color="orange",
            help="The restored state's sha256 differs from the one that was saved, or could not be compared.",
        )


def _safe_events(run: Run) -> list[Event]:
    from core.errors import RunDamaged

    try:
        return events_of(run)
    except RunDamaged:
        return []
