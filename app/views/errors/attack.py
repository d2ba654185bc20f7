"""How accurate a checkpoint stays when its validation rows are attacked."""

from __future__ import annotations

import streamlit as st

from app import failures
from app.charts.attack import attack_figure
from app.charts.figures import draw
from app.inspector import inspector
from app.words import percent
from core.errors import NotAllowed
from core.store.checkpoints import Checkpoint
from core.store.workspace import Run


def attack_view(run: Run, checkpoint: Checkpoint) -> None:
    """Draw the accuracy under attack once it was asked for."""
    st.subheader("Under attack", anchor=False)
    asker, home = inspector(), run.home
    key = f"errors.attack.{run.id}.{checkpoint.step}"
    if not st.session_state.get(key) and not run.shown:
        st.caption("Small changes of the input, chosen to raise the loss, can turn an answer that looked sure.")
        if not st.button("Attack the validation rows", icon=":material/swords:", key=f"{key}.button"):
            return
        st.session_state[key] = True
    try:
        with st.spinner("Searching for the worst change of each row …"):
            found = asker.robustness(run, checkpoint, home)
    except NotAllowed as error:
        st.info(failures.sentence(error), icon=":material/visibility:")
        return
    draw(attack_figure(found), "errors.attack", "Accuracy against the largest change of each input value.")
    middle = found["epsilons"].index(0.1)
    st.caption(
        f"On clean rows {percent(found['pgd'][0])}; when each value may move by 0.1 (in standard deviations, if the inputs are "
        f"standardised), {percent(found['pgd'][middle])} of {found['rows']:,} rows stay right. A stronger attack may find more: "
        "this is an upper bound. Training with adversarial rows (Regularisation on New run) raises it."
    )
