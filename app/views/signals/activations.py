"""Activations: their curves and slopes side by side, and what each does to a normal signal."""

from __future__ import annotations

from functools import cache

import pandas as pd
import streamlit as st

from app.charts.figures import draw
from app.charts.signals import activation_curves
from app.forms.recipe_form import article
from app.forms.widgets import start
from app.views import share
from app.views.signals.depth import USUAL
from app.words import number, plain
from core.models.parts.catalogue import ACTIVATIONS
from core.models.parts.curves import normal_signal

FIRST = ("relu", "tanh", "gelu")
MOST = 4


def view() -> None:
    """Draw the choice, the curves, the numbers and the articles."""
    if asked := share.arrives("signals", "activations").get("activations"):
        st.session_state["signals.activations"] = [key for key in asked.split(",") if key in ACTIVATIONS][:MOST]
    start("signals.activations", list(FIRST))
    chosen = st.multiselect(
        f"Compare up to {MOST}",
        list(ACTIVATIONS),
        format_func=lambda key: ACTIVATIONS[key].label,
        max_selections=MOST,
        key="signals.activations",
        persist_state="session",
    )
    usual = chosen == list(FIRST)
    others = dict.fromkeys(("inits", *USUAL))
    share.keeps("signals", view="activations", activations=None if usual else ",".join(chosen), **others)
    if not chosen:
        st.info("Choose one or more activations.", icon=":material/show_chart:")
        return
    labels = {key: _drawn_as(key) for key in chosen}
    draw(activation_curves(labels), "signals.curves", "f(z) and its slope for " + ", ".join(labels.values()))
    st.dataframe(_numbers(tuple(chosen)), hide_index=True)
    st.caption(
        "Mean and variance are those of f(z) for a standard normal z. The gain is 1 / √E[f(z)²]: weights of variance gain² / fan-in "
        "keep the signal's mean square from layer to layer. The last column is what such weights do to the gradient's rms per "
        "layer: 1 under ReLU, where both pass unchanged; under a sigmoid no scale of the weights keeps both. The gain is right for z of "
        "variance 1: where f is curved, small errors add up over many layers, which LSUV measures away."
    )
    for key in chosen:
        with st.expander(f"About {plain(ACTIVATIONS[key].label)}", type="compact"):
            article(ACTIVATIONS[key])
    with st.expander("All activations in numbers", icon=":material/table_rows:"):
        st.dataframe(_numbers(tuple(ACTIVATIONS)), hide_index=True, height="content")


def _drawn_as(key: str) -> str:
    """The label, with what is drawn where the network learns the shape itself."""
    learned = {"maxout": " (of z and −z/2, an example)", "prelu": " (slope 0.25, as it begins)"}
    return ACTIVATIONS[key].label + learned.get(key, "")


@cache
def _numbers(keys: tuple[str, ...]) -> pd.DataFrame:
    rows = []
    for key in keys:
        signal = normal_signal(key)
        rows.append(
            {
                "Activation": ACTIVATIONS[key].label,
                "Output": _range(ACTIVATIONS[key].lowest, ACTIVATIONS[key].highest),
                "Mean": f"{signal.mean:.3f}",
                "Variance": f"{signal.variance:.3f}",
                "Gain": f"{signal.gain:.4f}",
                "Gradient per layer": f"× {signal.gradient_factor:.3f}",
            }
        )
    return pd.DataFrame(rows)


def _range(lowest: float | None, highest: float | None) -> str:
    low = "−∞" if lowest is None else number(lowest).replace("-", "−")
    return f"{low} … {'∞' if highest is None else number(highest)}"
