"""Answers that take a while: their place in the queue and progress, a way to cancel, and the page drawn anew once they are there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import streamlit as st

from app import failures
from app.explainer import asker, explainer
from app.words import plain
from core.errors import ClinicError
from core.explain.base import Verdict
from core.runtime.explaining.ticket import Ticket
from core.store.checkpoints import Checkpoint
from core.store.workspace import Run

AT_ONCE = 0.4  # seconds in which a warm worker mostly answers a quick question
REFRESH = 0.5
T = TypeVar("T")


def answered(ask: Callable[[], Ticket[T]], about: object, key: str, what: str = "the explanation") -> T | None:
    """The answer to what `ask` asks, or None while it is on its way or where there is none; the page then says so here.

    `about` says what the question is (==): one that was cancelled here is not asked again until it changes.
    """
    called_off = f"{key}.cancelled"
    if st.session_state.get(called_off) == about:
        st.info("You cancelled this.", icon=":material/cancel:")
        if not st.button("Ask again", key=f"{key}.ask", icon=":material/refresh:"):
            return None
        del st.session_state[called_off]
    ticket = None
    try:
        ticket = ask()
        if ticket.wait(AT_ONCE):
            return ticket.answer
    except ClinicError as error:
        st.warning(failures.sentence(error), icon=":material/block:")
        if ticket is not None:  # the next drawing asks anew
            st.button("Try again", key=f"{key}.again", icon=":material/refresh:", on_click=ticket.forget)
        return None
    st.fragment(_progress, run_every=REFRESH)(ticket, what)
    if st.button("Cancel", key=f"{key}.cancel", icon=":material/close:"):
        ticket.cancel()
        st.session_state[called_off] = about
        st.rerun()
    return None


def _progress(ticket: Ticket[Any], what: str) -> None:
    if ticket.ended:
        st.rerun()  # the whole page, with the answer
    if ticket.state == "waiting":
        st.progress(0.0, f"Waiting to work out {plain(what)}: number {ticket.place} in the queue")
    else:
        st.progress(min(1.0, ticket.progress), f"Working out {plain(what)} … {100 * ticket.progress:.0f} %")


def known_verdicts(run: Run, checkpoint: Checkpoint) -> dict[str, Verdict] | None:
    """Which methods are sound on the model, as core.explain.preflight found; None while it looks, {} where it could not."""
    try:
        ticket = explainer().verdicts(run, checkpoint, asker=asker())
        return ticket.answer if ticket.wait(AT_ONCE) else None
    except ClinicError:
        return {}
