"""The recipe of a run: what differs from the defaults first, then all of it as text."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from app import failures, navigation
from app.forms import current
from app.forms.draft import differences
from app.forms.text import as_yaml, file_stem
from app.views.network import network_view
from core.models.network import Network, read_network
from core.recipe.codec import parse_recipe, to_document
from core.store.run import KEPT_BACK
from core.store.workspace import Run


def recipe_view(run: Run) -> None:
    """Draw the recipe with buttons to reuse or download it."""
    document = run.document()
    text = as_yaml(document)
    if run.kept_back:
        st.info(f"{KEPT_BACK} Then you can take it along, and train it again.", icon=":material/visibility_off:")
    else:
        _take_along(run, document, text)
    special = from_defaults(document)
    left, right = st.columns(2, gap="large")
    with left:
        st.markdown("**What differs from the defaults**")
        if special:
            st.dataframe(pd.DataFrame(special), hide_index=True, placeholder="–")
        else:
            st.caption("Nothing: every setting has its default.")
    with right:
        st.markdown("**The whole recipe**")
        st.code(text, language="yaml", height=420)
    found = recorded_network(run)
    if found is not None:
        with st.expander("The network", icon=":material/account_tree:"):
            network_view(found)


def _take_along(run: Run, document: dict[str, Any], text: str) -> None:
    with st.container(horizontal=True):
        if st.button("New run with this recipe", icon=":material/edit_note:", key=f"reuse.{run.id}"):
            with failures.guard():
                current.load(document)
                navigation.go("train")
        st.download_button(
            "Download YAML",
            text,
            file_name=f"{file_stem(document.get('name'))}.yaml",
            mime="application/yaml",
            icon=":material/download:",
            on_click="ignore",
        )


def recorded_network(run: Run) -> Network | None:
    """The network as the run noted it when it started; None of a run that has not, or was made before it was noted."""
    reader = run.reader()
    if reader is None:
        return None
    try:
        document = reader.meta().get("network")
    finally:
        reader.close()
    return read_network(document) if document else None


def watched_view(run: Run) -> None:
    """Draw what is known of a loop that was watched, in place of a recipe."""
    st.code(as_yaml(run.document()), language="yaml")


def from_defaults(document: dict[str, Any]) -> list[dict[str, str]]:
    """Rows of setting, value and default for each setting that is not at its default."""
    plain = {
        section: {"key": value["key"]} if isinstance(value, dict) and "key" in value else {}
        for section, value in document.items()
        if isinstance(value, dict)
    }
    try:
        defaults = to_document(parse_recipe({**plain, "name": document.get("name", "")}))
        keys = to_document(parse_recipe({}))
    except ValueError:
        return []
    found = {path: pair for path, pair in differences(defaults, document).items() if path not in ("name", "format")}
    for section in plain:
        if "key" in plain[section] and keys.get(section, {}).get("key") != plain[section]["key"]:
            found[f"{section}.key"] = (keys[section]["key"], plain[section]["key"])
    return [
        {"Setting": path, "Value": str(value), "Default": str(default)}
        for path, (default, value) in sorted(found.items())
    ]
