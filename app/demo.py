"""A locked-down page: `demo=1` in the address hides the menu and most controls, and keeps the browser session on that page.

It is a convenience for showing one thing, no protection: whoever edits the address has the whole app. What somebody may do
in a class is decided by the class, not here.

    /train?preset=digits-mlp&demo=1&open=optim.lr,optim.key   those settings, Train and the live run
    /run?run=ID&demo=1                                        the charts without controls; so /race, /compare, /surfaces
    /lessons?lesson=momentum&demo=1                           the lesson without the way to others
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import streamlit as st

HELD = "demo"
IDENTITY: Mapping[str, tuple[str, ...]] = {
    "train": (), "run": ("run",), "race": (), "compare": ("runs",), "lessons": ("lesson",), "errors": ("run",),
    "explain": ("run",), "surfaces": (), "signals": (), "data": (), "catalogue": (), "claims": (),
}  # fmt: skip
"""Pages that can be a demo, with the parameters of the address that stay as they were."""

STYLE = """<style>
[data-testid="stMainMenu"], [data-testid="stToolbarActions"], [data-testid="stSidebar"], [data-testid="stSidebarCollapsedControl"],
[data-testid="stExpandSidebarButton"] { display: none !important; }
</style>"""


@dataclass(frozen=True)
class Demo:
    """The page that a session is held on, with the query that it began with; `stays` unless a class leads the session."""

    page: str
    query: Mapping[str, str]
    stays: bool = True

    @property
    def opened(self) -> tuple[str, ...]:
        """Settings of a recipe that may be changed."""
        return tuple(dict.fromkeys(one.strip() for one in self.query.get("open", "").split(",") if one.strip()))[:40]

    @property
    def carried(self) -> dict[str, str]:
        """What keeps an address a demo."""
        if not self.stays:
            return {}
        return {"demo": "1", **({"open": self.query["open"]} if "open" in self.query else {})}


def asked() -> bool:
    """Whether this session is a demo that stays one, or its address asks for one."""
    held = now()
    return (held is not None and held.stays) or st.query_params.get("demo") == "1"


def now() -> Demo | None:
    """The demo that this session is held in; None outside of one."""
    found: dict[str, Any] | None = st.session_state.get(HELD)
    return Demo(found["page"], found["query"], found["stays"]) if found else None


def on() -> bool:
    """Whether controls that a demo does without are to be left out."""
    return HELD in st.session_state


def hold(page: str, *, stays: bool = True) -> Demo | None:
    """Begin a demo on `page` where the address asks for one, or go on with one; returns where to go back to if it strayed.

    Pages that can't be a demo begin none. One that does not stay, because a class leads the session, ends with its address.
    """
    query = {name: str(value)[:4000] for name, value in st.query_params.items()}
    if on() and not stays and query.get("demo") != "1":
        del st.session_state[HELD]
    if not on():
        if query.get("demo") != "1" or page not in IDENTITY:
            return None
        st.session_state[HELD] = {"page": page, "query": query, "stays": stays}
    st.html(STYLE)
    held = now()
    assert held is not None
    if not stays:
        st.session_state[HELD] |= {"page": page, "query": query}
        return None
    strayed = page != held.page or any(query.get(name, "") != held.query.get(name, "") for name in IDENTITY[held.page])
    return held if strayed else None


def keep_address() -> None:
    """Put back what keeps the address a demo, where the page wrote an address of its own."""
    held = now()
    for name, value in (held.carried if held else {}).items():
        if st.query_params.get(name) != value:
            st.query_params[name] = value
