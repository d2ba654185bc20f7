"""A student's Class page."""

from __future__ import annotations

import streamlit as st

from core.classroom.visitors import Visitor
from core.classroom.workspaces import ClassWorkspaces


def page(held: ClassWorkspaces, visitor: Visitor) -> None:
    """Draw the page."""
    st.title("Class")
    st.caption("What the teacher gives to all of you appears here.")
    del held, visitor
