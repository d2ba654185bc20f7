"""What state a run is really in: what its trainer last said, whether that process lives, and how fresh its heartbeat is."""

from __future__ import annotations

import sqlite3
import time
from dataclasses import dataclass, field
from typing import Any

from core.errors import RunDamaged
from core.store.process import ProcessIdentity
from core.store.workspace import Run

STALL_SECONDS = 30.0
ACTIVE = ("queued", "running", "paused", "stalled")
NEXT_ACTION = {
    "queued": "Waiting for a free slot; it starts by itself. Cancel it, or open another run.",
    "running": "Training. Pause it to look closely, change a setting, or let it finish.",
    "paused": "Waiting. Resume, take single steps, or change a setting first.",
    "stalled": "The process lives but reports nothing. Wait, or stop it and resume from the last checkpoint.",
    "lost": "The process died. Resume from the last checkpoint: nothing recorded is lost.",
    "stopped": "Stopped on request. Resume it, fork it, or compare it.",
    "failed": "Training ended with an error. Read the reason, change the recipe and fork it.",
    "done": "Finished. Look at the curves, extend the epochs, fork it, or export it.",
    "damaged": "The files of this run can't be read. Delete it, or restore them from a copy.",
}

NEXT_ACTION_WATCHED = {
    "running": "Your own program trains. Look at the findings while it does.",
    "stalled": "Your program lives but reports nothing: it may be evaluating, or wait. Nothing is lost.",
    "lost": "Your program died. What it recorded is kept.",
    "stopped": "Recording ended before the program said that it was done. Look at the curves, or compare it.",
    "failed": "Your program ended with an error. Read the reason, and the findings.",
    "done": "Finished. Look at the findings and the curves, compare it, or export it.",
}

NEXT_ACTION_RACE = {
    "running": "Racing. Pause it to look closely, freeze or add a lane, or let it finish.",
    "paused": "All lanes wait. Resume, or let every lane take one step.",
    "stalled": "The process lives but reports nothing. Wait, or end it and resume.",
    "lost": "The process died. Resume: every lane goes on where it was kept last.",
    "stopped": "Stopped on request. Resume it, or look at what it has come to.",
    "failed": "The race ended with an error. Read the reason, and put it together anew.",
    "done": "Finished. Read the verdict, add a lane, or share the race.",
}


@dataclass(frozen=True)
class RunStatus:
    """A run's status word with the trainer's last progress figures (`state`) and, where there is one, the reason."""

    word: str
    state: dict[str, Any] = field(default_factory=dict)
    reason: str = ""

    @property
    def active(self) -> bool:
        """Whether a trainer works on it, or will."""
        return self.word in ACTIVE

    @property
    def next_action(self) -> str:
        """What a user can do now."""
        own = NEXT_ACTION_WATCHED.get(self.word) if self.state.get("watched") else None
        own = NEXT_ACTION_RACE.get(self.word) if self.state.get("race") else own
        return own or NEXT_ACTION[self.word]


def run_status(run: Run) -> RunStatus:
    """Derive the status of `run` from its files and processes; never raises on damage."""
    state: dict[str, Any]
    attempts: list[dict[str, Any]]
    try:
        reader = run.reader()
        if reader is None:
            state, attempts = {"status": "new", "step": 0, "heartbeat": 0.0}, []
        else:
            try:
                state, attempts = reader.state(), reader.attempts()
            finally:
                reader.close()
        request = run.control.last_request()
    except (RunDamaged, sqlite3.Error) as error:
        return RunStatus("damaged", reason=str(error))
    word = state["status"]
    served = attempts[-1]["started"] if attempts else 0.0
    if request and not request.cancelled:
        if request.process is None:
            return RunStatus("queued", state)
        if request.time > served:  # handed to a process that has not opened run.db for it yet
            alive = request.process.alive()
            return RunStatus("running" if alive else "lost", state, "" if alive else "The trainer died while starting.")
    if word in ("done", "stopped", "failed"):
        return RunStatus(word, state, state.get("reason", ""))
    if not attempts:
        return RunStatus("stopped", state, "It was never started.")
    last = attempts[-1]
    process = ProcessIdentity(last["pid"], last["create_time"], last["boot_id"])
    if not process.alive():
        return RunStatus(
            "lost", state, "The watched program is gone." if state.get("watched") else "The trainer process is gone."
        )
    patience = max(STALL_SECONDS, 10 * state.get("step_seconds", 0.0))
    if time.time() - state["heartbeat"] > patience and time.time() - last["started"] > patience:
        return RunStatus("stalled", state, f"No sign of life for {time.time() - state['heartbeat']:.0f} s.")
    return RunStatus("paused" if word == "paused" else "running", state)
