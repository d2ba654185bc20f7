"""Words for a run of somebody else that one may look at, and not change."""

from __future__ import annotations

import streamlit as st

from app.classroom import access
from app.words import plain
from core.store.workspace import Run


def owner_of(run: Run) -> str:
    """Whose run it is, in words: "the teacher's", or with the nickname of a student."""
    held = access.the_class()
    member = held.room.state.members.get(str(run.control.labels().get("owner", ""))) if held else None
    return f"{plain(member.nickname)}’s" if member else "the teacher’s"


def note(run: Run, noun: str = "run") -> None:
    """Say, where the controls would stand, why there are none."""
    st.caption(
        f":material/visibility: You are looking at {owner_of(run)} {noun}: you can look at all of it, but not change it."
    )
