"""What happened to a run: every start, change and command with its step, time and author."""

from __future__ import annotations

import time
from typing import Any

import pandas as pd
import streamlit as st

from app.words import number
from core.store.rows import Event
from core.store.workspace import Run

REFRESH = "4s"


def history(run: Run, *, live: bool) -> None:
    """Draw the table; it refreshes itself while a trainer is at work."""
    st.fragment(_table, run_every=REFRESH if live else None)(run)


def _table(run: Run) -> None:
    events = events_of(run)
    if not events:
        st.info("Nothing has happened yet. Every start, change and command will stand here.", icon=":material/history:")
        return
    frame = pd.DataFrame([row(event) for event in reversed(events)])
    st.dataframe(frame, hide_index=True, height=min(36 * len(frame) + 40, 420), placeholder="")


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
    data = {name: value for name, value in event.data.items() if name != "command"}
    what, before, after = event.kind, data.pop("before", None), data.pop("after", None)
    if "setting" in data:
        what = f"{what}: {data.pop('setting')}"
    author = data.pop("author", "")
    details = ", ".join(f"{name} {_short(value)}" for name, value in data.items() if value not in (None, ""))
    return {
        "Step": event.step,
        "Time": time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(event.time)),
        "What": what,
        "Before": None if before is None else _short(before),
        "After": None if after is None else _short(after),
        "By": author,
        "Attempt": event.attempt,
        "Details": details,
    }


def _short(value: Any) -> str:
    if isinstance(value, float):
        return number(value)
    text = str(value)
    return text if len(text) <= 60 else f"{text[:12]}…"


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
