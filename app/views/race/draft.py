"""The race that is being put together in this browser session: plain data, kept over a visit to another page."""

from __future__ import annotations

from typing import Any, cast

import streamlit as st

from app.forms import draft as drafts
from core.race.presets import RACES
from core.race.recipe import SETTINGS, parse_race
from core.recipe.codec import to_document

FIRST = "sgd-against-adam"


def draft() -> dict[str, Any]:
    """name, settings, lanes (name, changes, tuned), tasks, and the base recipe as a form's draft."""
    if "race_draft" not in st.session_state:
        load(RACES[FIRST].document, origin=FIRST)
    return cast(dict[str, Any], st.session_state["race_draft"])


def version() -> str:
    """Part of the key of every input: it changes when the draft was replaced as a whole."""
    draft()
    return f"race{st.session_state['race_version']}"


def origin() -> str:
    """The preset that the draft began as; empty for others."""
    draft()
    return str(st.session_state.get("race_origin", ""))


def load(document: dict[str, Any], origin: str = "") -> None:
    """Replace the draft by a race's document.

    Raises:
        RecipeError: with every fault, when it describes no valid race; the draft then stays.
    """
    race = parse_race(document)
    lanes = [{"id": number, **lane.document()} for number, lane in enumerate(race.lanes)]
    st.session_state["race_draft"] = {
        "name": race.name,
        "settings": {param.name: getattr(race, param.name) for param in SETTINGS},
        "lanes": lanes,
        "tasks": [dict(task) for task in race.tasks],
        "base": drafts.draft_of(to_document(race.base)),
        "next": len(lanes),
    }
    st.session_state["race_version"] = int(st.session_state.get("race_version", 0)) + 1
    st.session_state["race_origin"] = origin


def document() -> dict[str, Any]:
    """The draft as a race's document."""
    now = draft()
    base = drafts.document_of(now["base"])
    base.pop("name")
    return {
        "kind": "race",
        "format": 1,
        "name": now["name"],
        **now["settings"],
        "lanes": [{key: lane[key] for key in ("name", "changes", "tuned") if key in lane} for lane in now["lanes"]],
        "tasks": now["tasks"],
        "base": base,
    }


def add_lane(name: str, changes: dict[str, Any]) -> None:
    """Add a lane; a name that is taken gets a number."""
    now = draft()
    taken = {lane["name"] for lane in now["lanes"]}
    free = next(text for n in range(1, 100) if (text := name if n == 1 else f"{name} {n}") not in taken)
    now["lanes"].append({"id": now["next"], "name": free, "changes": dict(changes), "tuned": False})
    now["next"] += 1
