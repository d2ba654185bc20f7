"""The Class page where no class is open: what a class is, and how to open one."""

from __future__ import annotations

import streamlit as st

from app.views.classroom import report


def page() -> None:
    """Draw the page."""
    st.title("Class")
    st.caption("One teacher, many browsers, one machine.")
    st.markdown(
        "In a class the students join with a code, see what you show, train their own copies of an exercise, answer polls, and "
        "you see all of it on one wall. Nothing is installed on their side.\n\n"
        "This server holds no class: it serves this machine alone. To open one, start it like this:"
    )
    st.code("gradclinic class --address 192.0.2.10", language="bash")
    st.markdown(
        "with the address at which the students reach this machine. It prints a link with a code for them, and another link for "
        "you. Without `--address` the class can be reached from this machine only, to try it out.\n\n"
        "Plain HTTP shows codes and cookies to whoever listens on the network. On a network that is not yours, put TLS in front: "
        "the guide says how."
    )
    report.held_before()
