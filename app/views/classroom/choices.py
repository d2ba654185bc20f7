"""What is chosen on a page beside its address: handed on by the teacher's page, taken over by those that follow."""

from __future__ import annotations

from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import Any

import streamlit as st

from core.classroom.showing import unpacked

TAKEN = "class.choices"
FOLLOWED: dict[str, tuple[str, ...]] = {
    "accuracy": ("accuracy.half",),
    "catalogue": ("reference.find", "reference.families"),
    "claims": ("claims.verdicts",),
    "data": ("data.kind", "data.key"),
    "errors": ("errors.step.*", "errors.cells", "errors.most.*", "errors.threshold.*"),
    "explain": ("explain.*", "many.*"),
    "race": ("race_detail_tabs", "race.speed.*", "race.reasons.*"),
    "run": ("run_tabs",),
    "signals": ("signals_tabs", "signals.*"),
    "surfaces": ("surfaces.view", "surfaces.directions.*"),
}
"""Keys of widgets by page: what is on show there. Not a student's own guess, form or draft."""
SWITCHES: dict[str, tuple[str, ...]] = {
    "compare": ("compare.average",),
    "errors": ("errors.attack.*",),
    "explain": ("explain.stability", "explain.influence.all", "explain.influence.known"),
    "run": ("history.*.all",),
    "signals": ("signals.skip",),
    "surfaces": ("surfaces.measured.*",),
}
"""Those that are on or off; named one by one, since a button holds the same and is no choice."""
OWN = ("explain.other.*", "signals.take.*", "*.button")
"""Runs that a follower may not have, and a button."""


def made(page: str) -> dict[str, Any]:
    """What is chosen on this page now, by key."""
    found = {str(key): value for key, value in st.session_state.to_dict().items()}
    return {key: value for key, value in found.items() if _belongs(page, key, value)}


def take(page: str, choices: Mapping[str, Any]) -> bool:
    """Take over what has changed since it was taken last; what a follower has chosen for themselves stays until then.

    Returns whether anything is chosen otherwise now, so that the page has to be drawn anew.
    """
    before = st.session_state.get(TAKEN) or {}
    other = False
    for key, value in choices.items():
        if _belongs(page, key, value) and (key not in before or before[key] != value):
            wanted = unpacked(value)
            if key not in st.session_state or st.session_state[key] != wanted:
                st.session_state[key] = wanted
                other = True
    st.session_state[TAKEN] = dict(choices)
    return other


def forget() -> None:
    """Take over everything at the next time."""
    st.session_state.pop(TAKEN, None)


def _belongs(page: str, key: str, value: Any) -> bool:
    patterns = SWITCHES if isinstance(value, bool) else FOLLOWED
    return any(fnmatchcase(key, one) for one in patterns.get(page, ())) and not any(
        fnmatchcase(key, one) for one in OWN
    )
