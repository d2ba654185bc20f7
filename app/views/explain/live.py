"""Follow a training: the newest checkpoint's quick explanation of one row, again and again while the run goes on."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import streamlit as st

from app import failures
from app.explainer import asker, explainer
from app.views.explain import trust
from app.views.explain.sample import choose_row, local_figure, with_companions
from app.views.explain.settings import Asked
from app.views.explain.waiting import known_verdicts
from app.words import plain
from core.errors import ClinicError
from core.explain.base import Refused
from core.explain.catalogue import DEFAULTS, EXPLANATIONS, LIVE_ANYWHERE
from core.recipe.base import Params
from core.store.status import ACTIVE, run_status

REFRESH = "2s"
PATIENCE = 1.0


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
    if going and run_status(asked.run).word not in ACTIVE:
        st.rerun()
    key = f"explain.live.{asked.run.id}.{row}.{asked.question.target}"
    # One question at a time: were each newer checkpoint asked about at once, a busy machine would never answer any.
    pending = st.session_state.get(f"{key}.pending", newest)
    question = asked.of(with_companions(asked, row))
    ask = partial(explainer().explanation, asked.run, question=question, checks=asked.checks, asker=asker())
    found = None
    try:
        ticket = ask(pending)
        if ticket.wait(PATIENCE):
            found = ticket.answer
            st.session_state[f"{key}.shown"] = pending
            st.session_state.pop(f"{key}.pending", None)
        else:
            st.session_state[f"{key}.pending"] = pending
            if before := st.session_state.get(f"{key}.shown"):
                found = ask(before).answer  # still in memory
    except ClinicError as error:  # a checkpoint that was thinned out meanwhile, for one
        st.session_state.pop(f"{key}.pending", None)
        st.caption(failures.sentence(error))
    if found is None:
        st.caption(":material/hourglass_top: Working out the first explanation …")
        return
    where = "it trains on" if going else "it does not train at the moment"
    st.markdown(f"**{plain(asked.spec.label)}** at step **{found.step:,}** of {newest.step:,} so far; {where}.")
    if trust.shown(found, "explain.live"):
        local_figure(asked.data, found, row, asked.link, "explain.live")
