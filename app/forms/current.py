"""The draft of this browser session: it outlives a visit to another page, and is plain data."""

from __future__ import annotations

from typing import Any, cast

import streamlit as st

from app.forms import draft as drafts
from app.forms.draft import Draft
from core.recipe.codec import parse_recipe, to_document


def draft() -> Draft:
    """The draft that the New run page edits."""
    if "draft" not in st.session_state:
        load(to_document(parse_recipe({})))
    return cast(Draft, st.session_state["draft"])


def version() -> int:
    """Part of the key of every input of the form: it changes when the draft was replaced as a whole."""
    draft()
    return int(st.session_state["draft_version"])


def load(document: dict[str, Any], origin: str = "") -> None:
    """Replace the draft by a document; what it leaves out takes its default.

    Raises:
        RecipeError: with every fault, when it describes no valid recipe; the draft then stays.
    """
    st.session_state["draft"] = drafts.draft_of(to_document(parse_recipe(document)))
    st.session_state["draft_version"] = int(st.session_state.get("draft_version", 0)) + 1
    st.session_state["draft_origin"] = origin


def origin() -> str:
    """The preset that the draft began as; empty for others."""
    draft()
    return str(st.session_state.get("draft_origin", ""))


def document() -> dict[str, Any]:
    """The draft as a document."""
    return drafts.document_of(draft())
