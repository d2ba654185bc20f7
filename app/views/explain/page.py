"""The Explain page: what a model's predictions rest on, each answer with its own error."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from app import failures, navigation, state
from app.explainer import explainer
from app.forms.checks import prepared
from app.views.checkpoint_choice import choose_checkpoint
from app.views.explain.concepts import concepts
from app.views.explain.influence import influence
from app.views.explain.known import known_answers
from app.views.explain.live import live
from app.views.explain.many import many
from app.views.explain.sample import sample
from app.views.explain.settings import Asked, settings
from app.views.explain.training import over_training
from app.views.explain.two_runs import two_runs
from app.views.explain.what_if import what_if
from core.explain.scope import why_not_explained
from core.recipe.codec import parse_recipe

VIEWS: dict[str, tuple[str, Callable[[Asked], None]]] = {
    "sample": ("One sample", sample),
    "many": ("Many samples", many),
    "what-if": ("What if", what_if),
    "two-runs": ("Two runs", two_runs),
    "training": ("Over training", over_training),
    "influence": ("Training rows", influence),
    "concepts": ("Concepts", concepts),
    "live": ("Live", live),
    "known": ("Known answer", known_answers),
}


def page() -> None:
    """Draw the choices and the open view."""
    st.title("Explain")
    explainer().warm_up()
    chosen = choose_checkpoint(
        "explain", "What a model's predictions rest on is shown here, each answer with its own error.", "lightbulb"
    )
    if chosen is None:
        return
    run, checkpoint = chosen
    with failures.guard():
        recipe = parse_recipe(run.document())
        if reason := why_not_explained(recipe):
            st.info(reason, icon=":material/lightbulb:")
            navigation.link("errors", "See its errors", run=run.id)
            return
        asked = settings(run, checkpoint, prepared(recipe, run.home))
        labels = {label: key for key, (label, _) in VIEWS.items()}
        wanted = VIEWS.get(state.query("view"), VIEWS["sample"])[0]
        tabs = st.tabs(list(labels), default=wanted, key="explain.views", on_change="rerun")
        for tab, (key, (_, draw)) in zip(tabs, VIEWS.items(), strict=True):
            if tab.open:
                with tab, failures.guard():
                    draw(asked)
                _remember(asked, key)
    navigation.link("run", "Back to the run", run=run.id)


def _remember(asked: Asked, view: str) -> None:
    """Put what is shown into the address, so that it can be sent to somebody."""
    row = st.session_state.get(f"explain.row.{asked.run.id}")
    address = {
        "run": asked.run.id, "step": str(asked.checkpoint.step), "method": asked.spec.key, "view": view,
        "row": None if row is None else str(row), "rows": state.query("rows") or None,
    }  # fmt: skip
    st.query_params.from_dict({name: value for name, value in address.items() if value is not None})
