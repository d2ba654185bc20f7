"""Sharing a page: the link that shows the same thing in another browser, and the same without the rest of the app."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from urllib.parse import urlencode

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from app import demo, navigation, state
from app.classroom.public import public_address
from app.words import plain
from core.errors import BadInput

PAGES: Mapping[str, str] = {
    "train": "this recipe", "run": "this run", "race": "this race", "compare": "this comparison", "lessons": "this lesson",
    "errors": "these errors", "explain": "this explanation", "surfaces": "these surfaces", "signals": "these signals",
    "data": "this data set", "catalogue": "this part of the catalogue", "claims": "these claims",
}  # fmt: skip
WITH_RUNS = ("run", "race", "compare", "errors", "explain")
SAID = "share.said"


def says(**query: str) -> None:
    """Tell what the link has to hold besides the address, for a page whose address does not hold it (a packed recipe)."""
    st.session_state[SAID] = query


def arrives(page: str, *names: str) -> dict[str, str]:
    """What the address asks for with these names, once for each address; empty when it asks for nothing new."""
    found = {name: state.query(name) for name in names if name in st.query_params}
    known = st.session_state.setdefault(f"share.arrived.{page}", {})
    if all(known.get(name) == value for name, value in found.items()):
        return {}
    known.update(found)
    return found


def keeps(page: str, **query: str | None) -> None:
    """Write what the page shows into its address; None stands for the usual, which an address leaves out."""
    found = {name: value for name, value in query.items() if value is not None}
    st.session_state[f"share.arrived.{page}"] = found
    for name in query:
        if name in found and st.query_params.get(name) != found[name]:
            st.query_params[name] = found[name]
        elif name not in found and name in st.query_params:
            del st.query_params[name]


def bar() -> DeltaGenerator:
    """The place of the Share button, in the header; filled by `offer` once the page has written its address."""
    st.session_state.pop(SAID, None)
    return st.container(horizontal=True, key="share_bar", width="content")


def offer(place: DeltaGenerator) -> None:
    """Draw Share for the page that was drawn, if it can be shared."""
    here = str(st.session_state.get(navigation.HERE, ""))
    if here not in PAGES or demo.on():
        return
    link = address(here)
    with place, st.popover("Share", icon=":material/share:", type="tertiary"):
        st.markdown(f"**A link to {PAGES[here]}**")
        st.code(link, language=None, wrap_lines=True)
        if here in WITH_RUNS and "setup=" not in link:
            st.caption(
                "It opens in every browser that reaches this server. On another machine the run itself is missing: save it "
                "under Download."
            )
        st.markdown("**The same as a demo**")
        st.code(f"{link}{'&' if '?' in link else '?'}{urlencode({'demo': '1'})}", language=None, wrap_lines=True)
        st.caption(plain(_demo_words(here)))


def address(page: str) -> str:
    """The link of the page as it is now; without the server's name where that is not known."""
    query = {name: value for name, value in st.query_params.items() if name not in ("demo", "open")}
    said = st.session_state.get(SAID)
    query = said if said is not None else query
    base = str(st.context.url or "").split("?")[0].rstrip("/")
    root = str(public_address() or base.removesuffix(f"/{page}"))
    return f"{root}/{page}{'?' if query else ''}{urlencode(query, safe=',:;')}"


def packed(make: Callable[[], str], name: str) -> None:
    """Share what `make` packs as the parameter `name`; what can't be packed is not shared."""
    try:
        says(**{name: make()})
    except BadInput:
        says()


def _demo_words(page: str) -> str:
    more = {
        "train": " Add &open= with the settings that may be changed, for example &open=optim.lr,optim.key or &open=optim.",
        "run": " The charts stand there without controls.",
        "compare": " The charts stand there without the choice of runs.",
        "race": " The charts and the verdict stand there without controls.",
        "surfaces": " The picture stands there without the settings.",
        "lessons": " It leads to no other lesson.",
    }
    return (
        f"Without the menu and the way to other pages.{more.get(page, '')} For showing one thing; it protects nothing."
    )
