"""The choice of a run and one of its checkpoints, for pages that look at a trained model."""

from __future__ import annotations

import streamlit as st

from app import navigation, state
from app.views.run.history import CHECKPOINT_KINDS
from app.words import plain
from core.errors import BadInput, ClinicError
from core.store.checkpoints import Checkpoint
from core.store.summaries import summary
from core.store.workspace import Run

MOST_RUNS = 50


def choose_checkpoint(page: str, without: str, icon: str) -> tuple[Run, Checkpoint] | None:
    """Draw the choice on the page of key `page`; None where there is nothing to choose, which the sentence `without` then says.

    The address says which run and step are chosen at first.
    """
    found = {run.id: run for run in candidates()}
    asked = state.query("run")
    if asked and asked not in found:
        st.warning(f"Run {plain(asked[:60])} is not here, was only watched, or has no checkpoint yet.")
    if not found:
        st.info(f"{without} It takes a run with a checkpoint; start one on the Home page.", icon=f":material/{icon}:")
        navigation.link("home", "Start a first run")
        return None
    left, right = st.columns([3, 2])
    ids = list(found)
    with left:
        chosen = st.selectbox(
            "Run",
            ids,
            index=ids.index(asked) if asked in found else 0,
            format_func=lambda one: f"{summary(found[one]).name} · {one[-6:]}",
        )
    run = found[chosen]
    checkpoints = sorted(run.checkpoints.list(), key=lambda checkpoint: -checkpoint.step)
    by_step = {checkpoint.step: checkpoint for checkpoint in checkpoints}
    with right:
        step = st.selectbox(
            "Checkpoint",
            list(by_step),
            index=_wanted(checkpoints),
            format_func=lambda one: f"step {one:,} ({CHECKPOINT_KINDS.get(by_step[one].kind, by_step[one].kind)})",
            key=f"{page}.step.{chosen}",
        )
    return run, by_step[step]


def _wanted(checkpoints: list[Checkpoint]) -> int:
    """The place of the checkpoint that the address asks for, else of the best one, else of the newest."""
    asked = state.query("step")
    for place, checkpoint in enumerate(checkpoints):
        if str(checkpoint.step) == asked:
            return place
    losses = [(c.val_loss, place) for place, c in enumerate(checkpoints) if c.val_loss is not None]
    return min(losses)[1] if losses else 0


def candidates() -> list[Run]:
    """The newest runs with a checkpoint and a recipe, and the one that the address asks for, however old."""
    found: list[Run] = []
    workspace = state.workspace()
    try:
        wanted = [workspace.run(state.query("run"))] if state.query("run") else []
    except BadInput:
        wanted = []
    for run in [*wanted, *workspace.runs()]:
        try:
            usable = not run.is_race and not run.watched and bool(run.checkpoints.list()) and bool(run.document())
        except ClinicError:
            continue
        if usable and all(run.id != other.id for other in found):
            found.append(run)
        if len(found) == MOST_RUNS:
            break
    return found
