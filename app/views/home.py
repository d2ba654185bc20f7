"""The Home page: what this is, a first run in one click, ready-made recipes, recent runs."""

from __future__ import annotations

import streamlit as st

from app import failures, navigation, state, theme
from app.forms import current
from app.theme import NAME, PROMISE
from app.views.start import start_run
from app.words import ago, metric, number, plain
from core.recipe.presets import PRESETS, Preset
from core.store.summaries import RunSummary, summary

FIRST = "digits-mlp"
COLUMNS = 3
RECENT = 5


def hero() -> None:
    """Draw what this is, and the one big button."""
    first = PRESETS[FIRST]
    left, right = st.columns([3, 2], gap="large", vertical_alignment="center")
    with left:
        st.title(NAME, anchor=False)
        st.markdown(f"#### {PROMISE}", unsafe_allow_html=False)
        with st.container(horizontal=True, vertical_alignment="center"):
            if st.button("Start a first run", type="primary", icon=":material/play_arrow:", key="first_run"):
                start_run(first.document)
            navigation.link("train", "Write my own recipe", icon="edit_note")
            navigation.link("race", "Race optimizers")
        st.caption(f"{plain(first.label)}: {plain(first.summary)}")
    with right:
        st.image(str(theme.ASSETS / "hero.svg"), width="stretch", alt="A loss curve falling, with a pulse on it.")


def gallery() -> None:
    """Draw the good presets, then the bad ones."""
    good = [preset for preset in PRESETS.values() if preset.good]
    bad = [preset for preset in PRESETS.values() if not preset.good]
    st.subheader("Recipes that work", anchor=False)
    st.caption("Each trains in under a minute or two on a laptop. Start one as it is, or open it and change it.")
    _cards(good)
    st.subheader("Really bad ones", anchor=False)
    st.caption("Each fails for one reason. Watch how it shows in the curves before you read why.")
    _cards(bad)


def _cards(presets: list[Preset]) -> None:
    for begin in range(0, len(presets), COLUMNS):
        for column, preset in zip(st.columns(COLUMNS), presets[begin : begin + COLUMNS], strict=False):
            with column, st.container(border=True, height="stretch"):
                _card(preset)


def _card(preset: Preset) -> None:
    icon, colour = ("check_circle", "green") if preset.good else ("science", "orange")
    st.markdown(f"**:{colour}[:material/{icon}:] {plain(preset.label)}**")
    st.markdown(plain(preset.summary))
    if preset.good:
        st.caption(plain(preset.lesson))
    else:
        with st.expander("Why it fails"):
            st.markdown(plain(preset.lesson))
    with st.container(horizontal=True):
        if st.button("Train", key=f"preset.{preset.key}.train", icon=":material/play_arrow:"):
            start_run(preset.document)
        if st.button("Open", key=f"preset.{preset.key}.edit", icon=":material/edit_note:", type="tertiary"):
            with failures.guard():
                current.load(preset.document, origin=preset.key)
                navigation.go("train")


def recent() -> None:
    """Draw the newest runs, or say that there is none yet."""
    st.subheader("Recent runs", anchor=False)
    runs = [summary(run) for run, _ in zip(state.workspace().runs(), range(RECENT), strict=False)]
    if not runs:
        st.caption("None yet. **Start a first run** above: it takes a few seconds, and stays here for later.")
        return
    for run in runs:
        _line(run)
    navigation.link("runs", "All runs")


def _line(run: RunSummary) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        theme.status_badge(run.status)
        navigation.link("run", plain(run.name), icon="monitoring", run=run.id)
        best = f"best {plain(metric(run.metric))} {plain(number(run.best))} · " if run.best is not None else ""
        st.caption(f"{best}{run.steps:,} steps · {ago(run.created)}")
