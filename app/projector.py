"""The projector layout: large type, wide charts, no menu, to be read from the last row. ?projector=1 in any address."""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING

import streamlit as st

if TYPE_CHECKING:
    import plotly.graph_objects as go

PARAMETER = "projector"
ON, SWITCH = "projector.on", "projector.switch"
ROOT_SIZE = "clamp(24px, 1.42vw, 32px)"
"""Of the root's type; 16 px otherwise. All sizes of the page and of its charts follow it, and the smallest is 3/4 of it."""
FIGURE_SCALE = 1.7

STYLE = f"""<style>
html {{ font-size: {ROOT_SIZE} !important; }}
[data-testid="stSidebar"], [data-testid="stSidebarCollapsedControl"], [data-testid="stExpandSidebarButton"],
[data-testid="stHeader"], .st-key-share_bar {{ display: none !important; }}
[data-testid="stMainBlockContainer"] {{ padding: 1rem 1.2rem 2rem; max-width: none; }}
[data-testid="stCaptionContainer"] {{ font-size: 0.9rem; }}
.gc-live {{ font-size: 0.95rem; }}
.gc-live .gc-panel h4 {{ font-size: 1.1rem; }}
.gc-live .gc-seg button, .gc-live .gc-layer, .gc-live .gc-legend {{ font-size: 0.9rem; }}
@container (max-width: 1400px) {{ .gc-grid {{ grid-template-columns: minmax(0, 1fr); }} }}
</style>"""


def apply() -> None:
    """Draw this page for a projector where the address, or the switch, says so; the choice stays for the session."""
    asked = st.query_params.get(PARAMETER)
    if asked is not None and st.session_state.get("projector.asked") != asked:
        st.session_state["projector.asked"] = asked
        st.session_state[ON] = st.session_state[SWITCH] = asked == "1"
    if on():
        keep_address()
        st.html(STYLE)


def on() -> bool:
    """Whether this session draws its pages for a projector."""
    return bool(st.session_state.get(ON))


def enlarged(figure: go.Figure) -> go.Figure:
    """A figure whose height, margins and lettering of a fixed size go with the type of this page."""
    if not on():
        return figure
    figure = deepcopy(figure)
    layout = figure.layout
    sizes = [(layout, "height"), (layout.title.font, "size"), *((layout.margin, side) for side in "lrtb")]
    for part, name in [*sizes, *((words.font, "size") for words in layout.annotations)]:
        if part[name]:
            part[name] *= FIGURE_SCALE
    return figure


def switch() -> None:
    """Draw the switch; without one of its own, a page is led back by `leave`."""
    wanted = st.toggle("Projector", value=on(), key=SWITCH, help="Large type and wide charts, without the menu.")
    if wanted != on():
        st.session_state[ON] = wanted
        st.query_params.pop(PARAMETER, None)
        st.rerun()


def leave() -> None:
    """Draw the way back where no switch is in sight."""
    if on() and st.button(
        "Leave the projector view", icon=":material/close_fullscreen:", type="tertiary", key="projector.leave"
    ):
        st.session_state[ON] = False
        st.query_params.pop(PARAMETER, None)
        st.rerun()


def keep_address() -> None:
    """Put the layout back into an address that a page wrote anew, so that it outlives a reload."""
    if on() and st.query_params.get(PARAMETER) != "1":
        st.query_params[PARAMETER] = "1"


def without(query: dict[str, str]) -> dict[str, str]:
    """A page's query without the word on its layout, which is each screen's own."""
    return {name: value for name, value in query.items() if name != PARAMETER}
