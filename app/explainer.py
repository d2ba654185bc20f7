"""The explainer of this server, shared by all pages and sessions, and who asks it."""

from __future__ import annotations

import streamlit as st

from app.state import asker
from core.runtime.explainer import Explainer
from core.store.workspace import Workspace

__all__ = ["asker", "explainer"]


@st.cache_resource(show_spinner=False)
def explainer() -> Explainer:
    """The one explainer. Its processes start with the first question, or when a page that explains calls `warm_up`."""
    return Explainer(Workspace().home)
