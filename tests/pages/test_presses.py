"""Presses that outlive a drawing that was broken off before it came to the button."""

from __future__ import annotations

import time
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest


def _page() -> None:
    import streamlit as st

    from app import state

    if state.lasting_button("Go", key="go"):
        st.markdown("gone")
        (state.use_press if st.session_state.get("works", True) else state.forget_press)()
    if state.lasting_button("Other", key="other"):
        st.markdown("other gone")


def _noted(key: str, seconds_ago: float) -> dict[str, Any]:
    return {"token": "t", "used": 0.0, "noted": (key, time.time() - seconds_ago)}


@pytest.mark.parametrize("works", [True, False])
def test_a_press_that_was_not_seen_counts_at_the_next_drawing_and_once(works: bool) -> None:
    at = AppTest.from_function(_page)
    at.session_state["press"], at.session_state["works"] = _noted("go", 2.0), works
    assert [one.value for one in at.run().markdown] == ["gone"]
    assert not at.run().markdown
    assert [one.value for one in at.button(key="other").click().run().markdown] == ["other gone"]


def test_an_old_press_is_forgotten() -> None:
    at = AppTest.from_function(_page)
    at.session_state["press"] = _noted("go", 60.0)
    assert not at.run().markdown
