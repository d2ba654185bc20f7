"""What a browser session remembers: ids and plain data only. Everything else is in the workspace."""

from __future__ import annotations

import hashlib
import json
import secrets
import time
from typing import Any, Literal, cast

import streamlit as st

from app.classroom import access
from core.store.workspace import Workspace

DOUBLE_CLICK_SECONDS = 3.0
Notice = tuple[Literal["toast", "error", "info"], str]


def workspace() -> Workspace:
    """The workspace of whoever looks at the page: this server's ($GRADCLINIC_HOME, else ~/.gradclinic), in a class their own."""
    return access.workspace()


def notify(kind: Literal["toast", "error", "info"], text: str) -> None:
    """Keep a message (Markdown) for the top of the next page, across a rerun or a change of page."""
    cast(list[Notice], st.session_state.setdefault("notices", [])).append((kind, text))


def show_notices() -> None:
    """Show and forget the messages kept by `notify`."""
    for kind, text in st.session_state.pop("notices", []):
        if kind == "toast":
            st.toast(text, icon=":material/check:")
        elif kind == "error":
            st.error(text, icon=":material/error:")
        else:
            st.info(text, icon=":material/info:")


def press_key(document: dict[str, Any]) -> str:
    """The idempotency key of one press of Train: a double click sends the same one, a later press another."""
    press = st.session_state.get("press")
    if not press or (press["used"] and time.time() - press["used"] > DOUBLE_CLICK_SECONDS):
        press = st.session_state["press"] = {"token": secrets.token_hex(12), "used": 0.0}
    digest = hashlib.sha256(json.dumps(document, sort_keys=True, default=str).encode()).hexdigest()[:16]
    return f"{press['token']}-{digest}"


def use_press() -> None:
    """Note that the current key was used now."""
    if press := st.session_state.get("press"):
        press["used"] = press["used"] or time.time()


def asker() -> str:
    """This session's name wherever sessions share something and are to be told apart."""
    return cast(str, st.session_state.setdefault("asker", secrets.token_hex(8)))


def query(name: str) -> str:
    """A query parameter of the address, at most 4,000 characters; empty when it is not there."""
    return str(st.query_params.get(name, ""))[:4000]


def query_list(name: str) -> list[str]:
    """A comma-separated query parameter, without doubles, at most 20 entries."""
    return list(dict.fromkeys(part.strip() for part in query(name).split(",") if part.strip()))[:20]
