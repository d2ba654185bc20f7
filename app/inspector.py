"""The inspector process of this server, shared by all pages and sessions, and the answers that a page waits for."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, wait
from typing import TypeVar

import streamlit as st

from app import failures, state
from app.single import Single
from core.errors import ClinicError
from core.runtime.inspector import Inspector
from core.runtime.later import Later

T = TypeVar("T")
AT_ONCE = 0.3  # seconds in which a warm inspector mostly answers
REFRESH = 0.5


@Single
def inspector() -> Inspector:
    """The one inspector; its process starts with the first question, or with `warm_up`."""
    return Inspector()


@Single
def _later() -> Later:
    return Later()


def later(name: str, about: object, work: Callable[[], T]) -> Future[T]:
    """The answer of `work`, which runs beside the pages; this session's newest question `name` is the one that counts."""
    return _later().ask(_asker(name), about, work)


def forget(name: str) -> None:
    """Drop the answer to this session's question `name`, so that it is asked anew."""
    _later().forget(_asker(name))


def open_after(answer: Future[T]) -> bool:
    """Whether `answer` is still open after a moment in which a warm inspector mostly has it."""
    return not wait([answer], timeout=AT_ONCE).done


def part(draw: Callable[..., None], *about: object, waits: bool) -> None:
    """Draw a part of the page with `draw(*about, waits)`; while it waits for an answer, again and again by itself."""
    st.fragment(draw, run_every=REFRESH if waits else None)(*about, waits)


def settled(
    answer: Future[T], waits: bool, doing: str, icon: str = ":material/rule:", retry: Callable[[], None] | None = None
) -> T | None:
    """What came of `answer`; None where this has drawn what is being done, or why nothing came, and then `retry`.

    A part that `waits` has the whole page drawn once the answer is there, so that it is not drawn again and again.
    """
    if not answer.done():
        st.caption(f":material/hourglass_top: {doing} …")
        return None
    if waits:
        st.rerun()
    try:
        return answer.result()
    except ClinicError as error:
        st.warning(failures.sentence(error), icon=icon)
        if retry is not None:
            retry()
        return None


def _asker(name: str) -> str:
    return f"{state.asker()}.{name}"
