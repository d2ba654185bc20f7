"""The recipe as text: edit, paste, upload and download."""

from __future__ import annotations

import re
from typing import Any

import streamlit as st
import yaml

from app import failures, state
from app.forms import current
from app.words import count
from core.errors import BadInput, RecipeError
from core.recipe.codec import MAX_TEXT, from_text, to_document


def as_yaml(document: dict[str, Any]) -> str:
    """A document as YAML, in the order of the recipe."""
    return str(yaml.safe_dump(document, sort_keys=False, allow_unicode=True))


def file_stem(name: object) -> str:
    """A safe file name from a run's name."""
    return re.sub(r"[^A-Za-z0-9]+", "-", str(name)).strip("-").lower()[:60] or "recipe"


def text_editor() -> None:
    """Draw the editor; the text replaces the form's values when it is a valid recipe."""
    document = current.document()
    shown = as_yaml(document)
    # The key follows the document, so that the editor always opens with what the form holds now.
    key = f"recipe_text.{hash(shown)}"
    if key not in st.session_state:
        st.session_state[key] = shown
    st.caption("YAML or JSON. What is left out takes its default; every fault is listed at once.")
    text = st.text_area("Recipe", key=key, height=520, label_visibility="collapsed", max_chars=MAX_TEXT)
    with st.container(horizontal=True):
        apply = st.button("Use this text", type="primary", icon=":material/check:")
        st.download_button(
            "Download YAML",
            shown,
            file_name=f"{file_stem(document['name'])}.yaml",
            mime="application/yaml",
            icon=":material/download:",
            on_click="ignore",
        )
    if apply:
        _use(text)
    given = st.file_uploader("Or open a recipe file", type=["yaml", "yml", "json"], max_upload_size=1)
    if given is not None and st.session_state.get("recipe_file") != given.file_id:
        st.session_state["recipe_file"] = given.file_id
        _use(given.getvalue().decode("utf-8", errors="replace"))


def _use(text: str) -> None:
    try:
        recipe = from_text(text)
    except RecipeError as error:
        st.error(failures.sentence(error), icon=":material/error:")
        st.caption(f"Nothing was changed. Mend the {count(len(error.faults), 'line')} above and press again.")
        return
    except BadInput as error:
        st.error(failures.sentence(error), icon=":material/error:")
        return
    current.load(to_document(recipe))
    state.notify("toast", "The form now holds this recipe.")
    st.rerun()
