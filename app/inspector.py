"""The inspector process of this server, shared by all pages and sessions."""

from __future__ import annotations

import streamlit as st

from core.runtime.inspector import Inspector


@st.cache_resource(show_spinner=False)
def inspector() -> Inspector:
    """The one inspector; its process starts with the first question, or with `warm_up`."""
    return Inspector()
