"""The verdict of a race in words, above its charts."""

from __future__ import annotations

import streamlit as st

from app.words import plain
from core.race.outcome import TaskOutcome, task_outcomes
from core.race.record import RaceRecord, read_race
from core.store.status import ACTIVE, RunStatus
from core.store.workspace import Run


def verdict(run: Run, status: RunStatus) -> None:
    """Draw the verdict on every data set once the race is over; before that, say what is being decided."""
    if status.word in ACTIVE:
        return
    record = read_race(run)
    if not record.marks:
        return
    for outcome in task_outcomes(record):
        _one(record, outcome)


def _one(record: RaceRecord, outcome: TaskOutcome) -> None:
    found = outcome.verdict
    name = f"**{plain(outcome.name)}.** " if len(record.race.tasks) > 1 else ""
    show, icon = (st.success, ":material/flag:") if found.separable else (st.info, ":material/balance:")
    with st.container(key=f"verdict.{outcome.task}"):
        show(f"{name}**{plain(found.headline)}**", icon=icon)
        for note in found.notes:
            st.caption(f":material/info: {plain(note)}")
        if found.pairs:
            with st.expander("Lane against lane"):
                for pair in found.pairs:
                    st.markdown(f"- {plain(pair.sentence)}")
                st.caption(
                    "Paired over seeds: each seed's lanes started from the same weights and saw the same batches. All pairs "
                    "together are wrong at most five times in a hundred (Holm)."
                )
