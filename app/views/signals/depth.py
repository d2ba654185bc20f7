"""Over depth: several initialisations of one network, compared on one batch before training."""

from __future__ import annotations

from concurrent.futures import Future
from typing import Any

import pandas as pd
import streamlit as st

from app import state
from app.charts.figures import draw
from app.charts.signals import depth_comparison
from app.forms import current
from app.forms.widgets import start
from app.inspector import inspector, later, open_after, part, settled
from app.navigation import go
from app.views import share
from app.words import number, plain
from core.errors import RecipeError
from core.models.catalogue import ARCHITECTURES
from core.models.parts.catalogue import ACTIVATIONS, INITIALISATIONS
from core.probes.over_depth import Change, change
from core.recipe.codec import parse_recipe, to_document
from core.recipe.parts import Recipe
from core.runtime.inspected import Depth

FIRST = ("default", "xavier_normal", "he_normal", "orthogonal", "lsuv")
MOST = 6
USUAL: dict[str, Any] = {"depth": 20, "width": 64, "activation": "relu", "norm": "none", "skip": False}
MOST_LAYERS, MOST_UNITS = 50, 256


def view() -> None:
    """Draw the settings and what they come to; the address holds those that are not the usual ones."""
    _arrive()
    start("signals.inits", list(FIRST))
    for name, usual in USUAL.items():
        start(f"signals.{name}", usual)
    chosen = st.multiselect(
        f"Initial weights, up to {MOST}",
        list(INITIALISATIONS),
        format_func=lambda key: INITIALISATIONS[key].label,
        max_selections=MOST,
        key="signals.inits",
        persist_state="session",
    )
    form, picture = st.columns([2, 5], gap="large")
    with form:
        model = _network()
    share.keeps(
        "signals",
        view=None,
        activations=None,
        inits=None if chosen == list(FIRST) else ",".join(chosen),
        **{name: None if value == USUAL[name] else str(value) for name, value in model.items() if name != "key"},
    )
    with picture:
        recipes = _recipes(model, chosen)
        if recipes:
            part(_answer, recipes, waits=open_after(_question(recipes)))
        else:
            st.info("Choose initial weights that suit this network.", icon=":material/tune:")


def _arrive() -> None:
    """Set the inputs to what the address asks for, where it is something that can be asked."""
    asked = share.arrives("signals", "inits", *USUAL)
    norms = next(param.choices for param in ARCHITECTURES["mlp"].params if param.name == "norm")
    allowed = {
        "depth": [str(n) for n in range(2, MOST_LAYERS + 1)], "width": [str(n) for n in range(8, MOST_UNITS + 1, 8)],
        "activation": list(ACTIVATIONS), "norm": list(norms), "skip": ["True", "False"],
    }  # fmt: skip
    for name, text in asked.items():
        if name == "inits":
            found = [key for key in text.split(",") if key in INITIALISATIONS][:MOST]
            st.session_state["signals.inits"] = list(dict.fromkeys(found)) or list(FIRST)
        elif text in allowed[name]:
            usual = USUAL[name]
            st.session_state[f"signals.{name}"] = (text == "True") if isinstance(usual, bool) else type(usual)(text)


def _network() -> dict[str, Any]:
    """The settings of the MLP on the digits."""
    norms = next(param.choices for param in ARCHITECTURES["mlp"].params if param.name == "norm")
    return {
        "key": "mlp",
        "depth": st.slider("Hidden layers", 2, MOST_LAYERS, key="signals.depth", persist_state="session"),
        "width": st.slider("Width (units)", 8, MOST_UNITS, step=8, key="signals.width", persist_state="session"),
        "activation": st.selectbox(
            "Activation",
            list(ACTIVATIONS),
            format_func=lambda key: ACTIVATIONS[key].label,
            key="signals.activation",
            persist_state="session",
        ),
        "norm": st.selectbox("Norm", norms, key="signals.norm", persist_state="session"),
        "skip": st.checkbox(
            "Skip connections",
            help="Add each hidden layer's input to its output.",
            key="signals.skip",
            persist_state="session",
        ),
    }


def _recipes(model: dict[str, Any], inits: list[str]) -> dict[str, Recipe]:
    """A recipe for each initialisation that suits the model; the others are named with their reason."""
    found: dict[str, Recipe] = {}
    for key in inits:
        label = INITIALISATIONS[key].label
        try:
            found[key] = parse_recipe(
                {"name": f"Digits, {model['depth']} layers, {label}", "data": {"key": "digits"}, "model": model, "init": {"key": key}}
            )  # fmt: skip
        except RecipeError as error:
            st.caption(f":material/block: **{plain(label)}** left out: {plain(error.faults[0].message)}.")
    return found


def _question(recipes: dict[str, Recipe]) -> Future[list[Depth]]:
    home, asked = state.workspace().home, list(recipes.values())
    return later("signals", str(asked), lambda: inspector().depth(asked, home))


def _answer(recipes: dict[str, Recipe], waits: bool) -> None:
    answer = settled(_question(recipes), waits, "One batch forward and backward through each network")
    if answer is None:
        return
    found = dict(zip(recipes, answer, strict=True))
    changes = {key: (change(one.signal[:-1]), change(one.gradient[-2::-1])) for key, one in found.items()}
    draw(
        depth_comparison({INITIALISATIONS[key].label: one for key, one in found.items()}),
        "signals.over_depth",
        "; ".join(
            f"{INITIALISATIONS[key].label}: signal {signal.word}, gradient {gradient.word}"
            for key, (signal, gradient) in changes.items()
        ),
    )
    _table(found, changes)
    _take(recipes, changes)


def _table(found: dict[str, Depth], changes: dict[str, tuple[Change, Change]]) -> None:
    rows = [
        {
            "Initial weights": INITIALISATIONS[key].label,
            "Signal": signal.word,
            "per layer": _factor(signal),
            "at the last": number(signal.end, 3),
            "Gradient": gradient.word,
            "per layer, back": _factor(gradient),
            "at the first": number(gradient.end, 3),
            "First loss": number(found[key].loss, 3),
        }
        for key, (signal, gradient) in changes.items()
    ]
    st.dataframe(pd.DataFrame(rows), hide_index=True)
    st.caption(
        "Digits, one batch of 64 rows, before training. Shaded is a change by a factor of 32 or more over the hidden layers, "
        "from which on the diagnosis speaks of vanishing and exploding. A line is missing where all values are zero. ln 10 = 2.30 "
        "is the loss of guessing."
    )


def _factor(found: Change) -> str:
    return "–" if found.word.startswith("is") else f"× {number(found.per_layer, 3)}"


def _take(recipes: dict[str, Recipe], changes: dict[str, tuple[Change, Change]]) -> None:
    """Let one of the networks be taken into the form; the steadiest is proposed."""
    steady = [all(one.word == "steady" for one in changes[key]) for key in recipes]
    with st.container(horizontal=True, vertical_alignment="bottom"):
        key = st.selectbox(
            "Train it with",
            list(recipes),
            index=steady.index(True) if True in steady else 0,
            format_func=lambda key: INITIALISATIONS[key].label,
            key="signals.take." + ".".join(recipes),
        )
        if st.button(
            "Open in New run", icon=":material/input:", type="primary", help="Replaces everything in the form."
        ):
            current.load(to_document(recipes[key]))
            state.notify("toast", f"In the form: {plain(INITIALISATIONS[key].label)}.")
            go("train")
