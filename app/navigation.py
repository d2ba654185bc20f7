"""The pages of the app, one line each, and how to get from one to another."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from app import demo
from app.classroom import access

FOLDER = Path(__file__).resolve().parents[1] / "pages"


@dataclass(frozen=True)
class PageEntry:
    """One page: `key` names its file in pages/ and its address; `section` is its heading in the menu."""

    key: str
    title: str
    icon: str
    section: str
    summary: str

    @property
    def path(self) -> Path:
        """The script, as an absolute path."""
        return FOLDER / f"{self.key}.py"


PAGES: tuple[PageEntry, ...] = (
    PageEntry("home", "Home", "cardiology", "Train", "What this is, a first run in one click, and ready-made recipes."),
    PageEntry("lessons", "Lessons", "school", "Train", "Questions to predict, train and measure: a path through what makes networks learn."),
    PageEntry("train", "New run", "play_circle", "Train", "Choose data, model and optimizer, and start training."),
    PageEntry("race", "Race", "flag", "Train", "Optimizers side by side: same weights, same batches, an honest verdict."),
    PageEntry("run", "Run", "monitoring", "Watch", "One run, live: curves of every layer, controls and history."),
    PageEntry("errors", "Errors", "rule", "Watch", "What a trained model gets wrong: confusions, curves, calibration, worst rows."),
    PageEntry("explain", "Explain", "lightbulb", "Watch", "What a model's predictions rest on, each answer with its own error."),
    PageEntry("runs", "All runs", "list_alt", "Watch", "Find, sort, rename, tag, delete and overlay runs."),
    PageEntry("compare", "Compare", "compare_arrows", "Watch", "Several runs in one chart, and where their recipes differ."),
    PageEntry("data", "Data", "dataset", "Learn", "Every data set with samples, and upload of your own table."),
    PageEntry("surfaces", "Loss surfaces", "landscape", "Learn", "Optimizers on hills and valleys, step by step, with the arithmetic."),
    PageEntry("signals", "Signals", "stacked_line_chart", "Learn", "What initial weights and activations do to signal and gradient, before training."),
    PageEntry("catalogue", "Catalogue", "menu_book", "Learn", "Every model, optimizer, schedule and loss, explained."),
    PageEntry("claims", "Claims", "gavel", "Learn", "The field's folklore put to the test: what held, what did not, what can't be told."),
    PageEntry("class", "Class", "groups", "Together", "One teacher, many browsers: show, give exercises, ask, and see all runs on one wall."),
    PageEntry("accuracy", "How good is it?", "target", "Learn", "How well the diagnosis does on runs of known fault."),
)  # fmt: skip
HERE = "here"
BY_KEY = {entry.key: entry for entry in PAGES}


def _page(entry: PageEntry) -> StreamlitPage:
    return st.Page(
        entry.path,
        title=entry.title,
        icon=f":material/{entry.icon}:",
        url_path=entry.key,
        default=entry is PAGES[0],
        help=entry.summary,
    )


def menu() -> StreamlitPage:
    """Draw the menu and return the page that the address asks for."""
    sections: dict[str, list[StreamlitPage]] = {}
    for entry in PAGES:
        sections.setdefault(entry.section, []).append(_page(entry))
    page = st.navigation(sections, position="hidden" if demo.asked() else "sidebar")
    st.session_state[HERE] = page.url_path or PAGES[0].key
    return page


def stay() -> None:
    """In a demo: go back to its page where the session has left it."""
    here = str(st.session_state[HERE])
    if back := demo.hold(here, stays=access.the_class() is None):
        go(back.page, **back.query)


def go(key: str, **query: str) -> NoReturn:
    """Open page `key` with query parameters, e.g. go("run", run=run_id)."""
    if held := demo.now():
        query = {**query, **held.carried}
    if st.session_state.get(HERE) == key:  # a switch to the page one is on leaves the address as it was
        st.query_params.from_dict(query)
        st.rerun()
    st.switch_page(_page(BY_KEY[key]), query_params=query or None)


def link(key: str, label: str | None = None, icon: str | None = None, **query: str) -> None:
    """Draw a link to page `key`; none in a demo, which has no other pages."""
    if demo.on():
        return
    entry = BY_KEY[key]
    st.page_link(
        _page(entry),
        label=label or entry.title,
        icon=f":material/{icon or entry.icon}:",
        query_params=query or None,
    )
