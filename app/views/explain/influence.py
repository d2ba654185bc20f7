"""Which training rows made it think so: those that pushed a prediction up or down, and those that look wrongly labelled."""

from __future__ import annotations

from functools import partial

import numpy as np
import pandas as pd
import streamlit as st

from app.charts import samples
from app.charts.explain.influence import influence_figure
from app.explainer import asker, explainer
from app.views.explain import trust
from app.views.explain.exports import show
from app.views.explain.sample import choose_row
from app.views.explain.settings import Asked
from app.views.explain.waiting import answered
from app.words import count, number, plain
from core.data.base import Prepared
from core.explain.catalogue import EXPLANATIONS
from core.explain.features import column_names
from core.explain.influence.base import Influence

SUSPECTS = 12


def influence(asked: Asked) -> None:
    """Draw the choice of a row and the training rows behind its prediction."""
    spec = EXPLANATIONS["tracin"]
    st.markdown(plain(spec.summary))
    row = choose_row(asked)
    with st.expander("Settings, and how it is worked out", icon=":material/tune:"):
        st.markdown(plain(spec.article))
        everything = st.checkbox(
            "Compare the gradients of all weights, not of the last layer only (slower)", key="explain.influence.all"
        )
    params = {"weights": "all" if everything else "last"}
    target = asked.question.target
    ask = partial(explainer().influence, asked.run, asked.checkpoint, [row], params, target, asker=asker())
    about = (asked.run.id, asked.checkpoint.step, row, params, target)
    found = answered(ask, about, "explain.influence", "the influence of the training rows")
    if found is None or not trust.may_be_shown(found.trust, found.notes):
        return
    for caution in found.cautions:
        st.caption(f":orange[:material/warning:] {plain(caution)}")
    data = asked.data
    both = np.concatenate([found.proponents[0], found.opponents[0]])
    show(
        influence_figure(found, 0, [named(data, int(one)) for one in both]), "explain.influence.figure",
        "The influence of the strongest proponents and opponents.",
    )  # fmt: skip
    for title, rows, scores in (
        ("Proponents: learning these lowered its loss here", found.proponents[0], found.proponent_scores[0]),
        ("Opponents: learning these raised it", found.opponents[0], found.opponent_scores[0]),
    ):
        st.subheader(title, anchor=False)
        training_rows(data, rows, [number(float(score), 3) for score in scores], "Influence")
    st.subheader("Hard or wrongly labelled", anchor=False)
    _suspects(data, found)
    st.caption(
        f"Looked at {count(len(found.searched), 'training row')} at {count(len(found.steps), 'checkpoint')} in {found.seconds:.1f} s."
    )
    _known_answer()


def named(data: Prepared, row: int) -> str:
    """The target of a training row, in words, and whether a balance made the row up."""
    made = data.made_up is not None and bool(data.made_up[row])
    return samples.label_text(data, row) + (", made up" if made else "")


def training_rows(data: Prepared, rows: np.ndarray, said: list[str], heading: str) -> None:
    """Draw training rows with their labels and what is said of each, as their kind asks."""
    if not len(rows):
        st.caption("None.")
        return
    labels = [named(data, int(row)) for row in rows]
    if data.kind == "image":
        captions = [plain(f"{label} ({text}, row {row})") for label, text, row in zip(labels, said, rows, strict=True)]
        st.image(samples.pictures(samples.original(data, rows)), caption=captions, width=samples.IMAGE_SIDE)
    elif data.kind == "sequence":
        names = [f"{label} ({text})" for label, text in zip(labels, said, strict=True)]
        key = f"influence.{heading}.{'-'.join(map(str, rows[:3]))}"
        show(samples.series_of(data, rows[:6], names[:6]), key, "The series, the first six of them.")
    else:
        table = pd.DataFrame({heading: said, "Training row": rows, data.target_name: labels})
        if data.kind == "text":
            table["Text"] = samples.texts_of(data, rows)
        else:
            values = pd.DataFrame(samples.original(data, rows), columns=list(column_names(data)))
            table = pd.concat([table, values.add_suffix("")], axis=1)
            table = table.loc[:, ~table.columns.duplicated()]
        st.dataframe(table, hide_index=True)


def _suspects(data: Prepared, found: Influence) -> None:
    st.caption(
        "Training rows that influence their own loss most: the network had to learn each by heart. Look whether the label is right."
    )
    of_row = dict(zip(found.searched.tolist(), found.self_influence.tolist(), strict=True))
    rows = found.suspects[:SUSPECTS]
    training_rows(data, rows, [number(float(of_row[int(row)]), 3) for row in rows], "Influence on itself")


def _known_answer() -> None:
    st.subheader("Does it find what is known?", anchor=False)
    if not st.toggle(
        "Turn over one label in twenty of a small task, and look whether they are found", key="explain.influence.known"
    ):
        return
    found = answered(
        partial(explainer().planted_labels, asker=asker()), "planted", "explain.influence.planted", "the known answer"
    )
    if found is not None:
        colour, icon, _ = trust.LOOKS[found.light]
        st.markdown(f":{colour}[:material/{icon}:] {plain(found.sentence)}")
