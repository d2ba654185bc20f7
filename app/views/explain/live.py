"""Follow a training: the newest checkpoint's quick explanation of one row, again and again while the run goes on."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from app.views.explain.sample import choose_row, local_figure, one_row
from app.views.explain.settings import Asked
from app.views.explain.waiting import known_verdicts
from app.words import plain
from core.explain.base import Refused
from core.explain.catalogue import DEFAULTS, EXPLANATIONS, LIVE_ANYWHERE
from core.recipe.parts import Params
from core.store.status import ACTIVE, run_status

REFRESH = "2s"


def live(asked: Asked) -> None:
    """Draw the choice of a row and its newest explanation."""
    row = choose_row(asked)
    verdicts = known_verdicts(asked.run, asked.checkpoint) or {}
    key = DEFAULTS[asked.data.kind].live
    if isinstance(verdicts.get(key), Refused):
        key = LIVE_ANYWHERE
    spec = EXPLANATIONS[key]
    question = replace(asked.question, method=key, params=Params({}), layer="", baseline="")
    going = run_status(asked.run).word in ACTIVE
    st.fragment(_newest, run_every=REFRESH if going else None)(replace(asked, spec=spec, question=question), row, going)


def _newest(asked: Asked, row: int, going: bool) -> None:
    newest = asked.run.checkpoints.latest()
    if newest is None:
        st.info("No checkpoint yet; the first is written before training begins.")
        return
    ended = going and run_status(asked.run).word not in ACTIVE
    if ended:
        st.rerun()
    what = "the newest checkpoint so far" if going else "its last checkpoint; it does not train at the moment"
    st.markdown(f"**{plain(asked.spec.label)}** at step **{newest.step:,}**, {what}.")
    found = one_row(replace(asked, checkpoint=newest), row, "explain.live")
    if found is not None:
        local_figure(asked.data, found, row, "explain.live")
