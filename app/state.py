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
PRESS_SECONDS = 20.0
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


def lasting_button(label: str, *, key: str, **options: Any) -> bool:
    """A button; whether it was pressed, in this drawing or in one that was broken off before it came here.

    Streamlit breaks a drawing off at any `st` call when another is asked for (news of the class, a chart that says a run has
    ended, the next click), and a plain button's press with it. Callbacks come before the drawing, so this one is remembered
    for PRESS_SECONDS, until `use_press` or `forget_press`.
    """
    pressed = st.button(label, key=key, on_click=_note, args=(key,), **options)
    noted, at = (st.session_state.get("press") or {}).get("noted", ("", 0.0))
    return pressed or (noted == key and time.time() - at < PRESS_SECONDS)


def press_key(document: dict[str, Any]) -> str:
    """The idempotency key of one press of Train: a double click sends the same one, a later press another."""
    digest = hashlib.sha256(json.dumps(document, sort_keys=True, default=str).encode()).hexdigest()[:16]
    return f"{_press()['token']}-{digest}"


def use_press() -> None:
    """Note that the current key was used now: what was pressed is done."""
    if press := st.session_state.get("press"):  # the only place here at which a drawing may be broken off
        press.update(used=press["used"] or time.time(), noted=("", 0.0))


def forget_press() -> None:
    """Note that what was pressed can't be done, and was said so."""
    if press := st.session_state.get("press"):
        press["noted"] = ("", 0.0)


def _press() -> dict[str, Any]:
    press = st.session_state.get("press")
    if not press or (press["used"] and time.time() - press["used"] > DOUBLE_CLICK_SECONDS):
        press = st.session_state["press"] = {"token": secrets.token_hex(12), "used": 0.0, "noted": ("", 0.0)}
    return cast(dict[str, Any], press)


def _note(key: str) -> None:
    _press()["noted"] = (key, time.time())


def asker() -> str:
    """This session's name wherever sessions share something and are to be told apart."""
    return cast(str, st.session_state.setdefault("asker", secrets.token_hex(8)))


def query(name: str) -> str:
    """A query parameter of the address, at most 4,000 characters; empty when it is not there."""
    return str(st.query_params.get(name, ""))[:4000]


def query_list(name: str) -> list[str]:
    """A comma-separated query parameter, without doubles, at most 20 entries."""
    return list(dict.fromkeys(part.strip() for part in query(name).split(",") if part.strip()))[:20]
