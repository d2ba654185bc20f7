"""Find a learning rate: the range test of the recipe in the form, its reason, and a button that takes the suggestion."""

from __future__ import annotations

from concurrent.futures import Future

import streamlit as st

from app import state
from app.charts.figures import draw
from app.charts.rate import rate_figure
from app.forms import current
from app.inspector import forget, inspector, later, part, settled
from app.words import number, plain
from core.optim.rate_range import RangeTest
from core.recipe.codec import to_document, with_changes
from core.recipe.parts import Recipe
from core.runtime.inspector import rate_key

ASKED = "rate_asked"


def rate_finder(recipe: Recipe) -> None:
    """Draw the button, or what its press has found for this recipe; the page does not wait for it."""
    asked = st.session_state.get(ASKED) == _about(recipe)
    waits = asked and not _question(recipe).done()
    part(_rate_finder, recipe, waits=waits)


def _rate_finder(recipe: Recipe, waits: bool) -> None:
    asked = st.session_state.get(ASKED) == _about(recipe)
    with st.container(key="rate_finder", border=asked):
        if not asked:
            if st.button(
                "Find a learning rate",
                icon=":material/search:",
                help="Trains new models for 150 steps while the learning rate rises, and looks where the loss falls.",
            ):
                st.session_state[ASKED] = _about(recipe)
                _question(recipe)
                st.rerun()
            return
        st.markdown("**Which learning rate?**")
        found = settled(
            _question(recipe), waits, "The learning rate rises from step to step", ":material/search:", _try_again
        )
        if found is not None:
            _report(recipe, found)


def _try_again() -> None:
    if st.button("Try again", icon=":material/refresh:", key="rate.again"):
        forget("rate")
        st.rerun()


def _report(recipe: Recipe, found: RangeTest) -> None:
    draw(rate_figure(found), "rate", f"Loss while the learning rate rises. {found.reason}")
    st.caption(plain(found.reason))
    if found.suggestion is None:
        return
    if recipe.optim.lr == found.suggestion:
        st.caption(f":material/check: {plain(number(found.suggestion))} is in the form.")
    elif st.button(
        f"Use {number(found.suggestion)}", icon=":material/check:", key="rate.use", help="Changes the form."
    ):
        current.load(
            to_document(with_changes(recipe, {"optim.lr": found.suggestion})),
            origin=current.origin(),
        )
        state.notify("toast", f"Changed: learning rate {plain(number(found.suggestion))}.")
        st.rerun()


def _question(recipe: Recipe) -> Future[RangeTest]:
    home = state.workspace().home
    return later("rate", _about(recipe), lambda: inspector().find_rate(recipe, home))


def _about(recipe: Recipe) -> str:
    return rate_key(recipe)
