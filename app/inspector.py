"""The inspector process of this server, shared by all pages and sessions, and the answers that a page waits for."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

import streamlit as st

from app import state
from core.runtime.inspector import Inspector
from core.runtime.later import Later

T = TypeVar("T")


@st.cache_resource(show_spinner=False)
def inspector() -> Inspector:
    """The one inspector; its process starts with the first question, or with `warm_up`."""
    return Inspector()


@st.cache_resource(show_spinner=False)
def _later() -> Later:
    return Later()


def later(name: str, about: object, work: Callable[[], T]) -> Future[T]:
    """The answer of `work`, which runs beside the pages; this session's newest question `name` is the one that counts."""
    return _later().ask(_asker(name), about, work)


def forget(name: str) -> None:
    """Drop the answer to this session's question `name`, so that it is asked anew."""
    _later().forget(_asker(name))


def _asker(name: str) -> str:
    return f"{state.asker()}.{name}"
