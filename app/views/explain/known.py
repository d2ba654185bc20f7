"""The known-answer test: every sound method on data in which the features that matter were planted."""

from __future__ import annotations

from functools import partial

import streamlit as st

from app.explainer import asker, explainer
from app.views.explain.settings import Asked
from app.views.explain.trust import LOOKS
from app.views.explain.waiting import answered
from app.words import plain
from core.explain.catalogue import ATTRIBUTIONS, DEFAULTS, EXPLANATIONS

PLANTED = {
    "tabular": "Three of twelve columns vote on the class; the other nine are noise.",
    "image": "A small patch, bright or dark, lies somewhere on a noisy picture and decides the class.",
    "sequence": "A bump, up or down, comes somewhere in the first of two noisy channels and decides the class.",
    "text": "Two telling words stand somewhere among words that say nothing.",
}


def known_answers(asked: Asked) -> None:
    """Draw the choice of methods and what each finds of what was planted."""
    kind = asked.data.kind
    st.markdown(
        "Here the right answer is known. "
        f"{PLANTED[kind]} A small network of the app's own families learns it, and each method must find what was planted: the share of "
        "planted inputs among those that it ranks first, over 40 samples that the network gets right."
    )
    offered = [key for key in ATTRIBUTIONS if kind in EXPLANATIONS[key].kinds]
    usual, second, quick = DEFAULTS[kind]
    first = list(dict.fromkeys([asked.spec.key, usual, second, quick]))
    chosen = st.multiselect(
        "Methods", offered, default=[key for key in first if key in offered], format_func=lambda key: EXPLANATIONS[key].label,
        key=f"explain.known.{kind}",
    )  # fmt: skip
    for key in chosen[:8]:
        spec = EXPLANATIONS[key]
        st.markdown(f"**{plain(spec.label)}**")
        ask = partial(explainer().known_answer, key, kind, asker=asker())
        found = answered(ask, (key, kind), f"explain.known.{key}", "the known answer")
        if found is not None:
            colour, icon, _ = LOOKS[found.light]
            precision, chance = found.figures["precision"], found.figures["chance"]
            st.progress(min(1.0, precision), f":{colour}[:material/{icon}:] {plain(found.sentence)}")
            st.caption(f"By chance: {chance:.0%}.")
