"""Does a class depend on a concept that people have a word for? Measured against random concepts."""

from __future__ import annotations

from functools import partial

import pandas as pd
import streamlit as st

from app.charts.explain.influence import concepts_figure
from app.explainer import asker, explainer
from app.views.explain import trust
from app.views.explain.exports import show
from app.views.explain.settings import Asked
from app.views.explain.waiting import answered
from app.words import plain
from core.data.base import Prepared
from core.explain.catalogue import EXPLANATIONS
from core.explain.concepts.base import ASKS
from core.explain.concepts.examples import PATTERNS, common_tokens, default_asks, kinds_of

MOST_CONCEPTS = 8
MOST_WORDS = 300


def concepts(asked: Asked) -> None:
    """Draw the choice of concepts and what each class makes of them."""
    spec = EXPLANATIONS["tcav"]
    st.markdown(plain(spec.summary))
    kinds = kinds_of(asked.data)
    kind = st.segmented_control(
        "Kind",
        kinds,
        default=kinds[0],
        required=True,
        format_func=lambda one: ASKS[one],
        key=f"explain.concepts.kind.{asked.run.id}",
    )
    offered = offered_concepts(asked.data, kind)
    usual = [ask.name for ask in default_asks(asked.data) if ask.kind == kind] or offered
    names = st.multiselect(
        "Concepts", list(dict.fromkeys([*usual, *offered])), default=usual[:MOST_CONCEPTS], max_selections=MOST_CONCEPTS,
        format_func=lambda name: PATTERNS[name][0] if kind == "pattern" else name, key=f"explain.concepts.{asked.run.id}.{kind}",
    )  # fmt: skip
    chosen = [f"{kind}:{name}" for name in names]
    with st.expander("Settings, and how it is worked out", icon=":material/tune:"):
        st.markdown(plain(spec.article))
        layer = st.text_input(
            "Layer", key=f"explain.concepts.layer.{asked.run.id}", placeholder="the usual one", max_chars=200,
            help="Path of a layer of the model, as on the Run page.",
        ).strip()  # fmt: skip
    if not chosen:
        st.info("Choose a concept.", icon=":material/category:")
        return
    ask = partial(explainer().concepts, asked.run, asked.checkpoint, chosen, layer, {}, asker=asker())
    about = (asked.run.id, asked.checkpoint.step, chosen, layer)
    found = answered(ask, about, "explain.concepts", "what the classes make of these concepts")
    if found is None or not trust.may_be_shown(found.trust, found.notes):
        return
    show(
        concepts_figure(found),
        "explain.concepts.figure",
        "How each class moves along each concept, against random concepts.",
    )
    st.dataframe(
        pd.DataFrame(found.table()).rename(
            columns={
                "concept": "Concept", "class": "Output", "verdict": "Verdict", "score": "TCAV score", "alignment": "Alignment", "p": "p (Holm)",
                "accuracy": "Told apart",
            }
        ).round(3),
        hide_index=True,
    )  # fmt: skip
    st.caption(
        "TCAV score: the share of the class's rows whose output rises along the concept. Told apart: how well the layer's activations tell "
        "the concept from random rows, on rows held out; near one half, the layer does not know the concept."
    )


def offered_concepts(data: Prepared, kind: str) -> list[str]:
    """The names of the concepts of a kind that these data have."""
    names: dict[str, tuple[str, ...]] = {
        "class": data.class_names,
        "feature": tuple(map(str, data.feature_names)),
        "pattern": tuple(PATTERNS),
        "word": common_tokens(data, MOST_WORDS),
    }
    return list(names[kind])
