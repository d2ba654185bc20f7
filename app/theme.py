"""How the app looks: page set-up, logo, and the colours that charts and badges share. The rest is in config.toml."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import streamlit as st

ASSETS = Path(__file__).parent / "assets"
NAME = "Gradient Clinic"
PROMISE = "Train a real PyTorch network in the browser, watch every layer live, and find out why it learns, or why it doesn't."

SIDEBAR_WIDTH = 248

# Told apart by every kind of colour vision, and readable on the light and the dark page.
TRAINING, VALIDATION = "#2191a0", "#d98324"
SERIES = (TRAINING, VALIDATION, "#7c7fd6", "#c2588f", "#6f9a2e", "#4a9fe0", "#b0803a", "#7f9297")

BadgeColour = Literal["red", "orange", "yellow", "blue", "green", "violet", "gray"]

# Each status has a word, a shape and a colour, so that none rests on the colour alone.
STATUS_COLOURS: dict[str, BadgeColour] = {
    "queued": "gray",
    "running": "blue",
    "paused": "violet",
    "stalled": "orange",
    "lost": "red",
    "stopped": "gray",
    "failed": "red",
    "done": "green",
    "damaged": "red",
}
STATUS_ICONS: dict[str, str] = {
    "queued": "schedule",
    "running": "play_circle",
    "paused": "pause_circle",
    "stalled": "hourglass_disabled",
    "lost": "link_off",
    "stopped": "stop_circle",
    "failed": "error",
    "done": "check_circle",
    "damaged": "broken_image",
}
STATUS_SHAPES: dict[str, str] = {
    "queued": "◷",
    "running": "▶",
    "paused": "Ⅱ",
    "stalled": "◌",
    "lost": "✕",
    "stopped": "■",
    "failed": "✕",
    "done": "✓",
    "damaged": "!",
}


# The only style sheet: Share stands in the header, beside the menu; the Train panel stays in sight, beside the form on a desk, at
# the foot of a phone; long formulas scroll; the bar of a class is a strip. What takes no room takes no
# gap either.
STYLE = """<style>
.st-key-share_bar { position: fixed; top: 0.65rem; right: 9rem; z-index: 999991; width: auto; }
.st-key-class_link, [data-testid="stLayoutWrapper"]:has(> .st-key-share_bar) { position: absolute; width: 0; }
.st-key-class_bar { gap: 0.1rem 1.2rem; padding: 0.1rem 0.9rem; min-height: 2.3rem; border-radius: 0.6rem;
  background: rgb(128 150 155 / 11%); border: 1px solid rgb(128 150 155 / 28%); }
.st-key-class_bar p, .st-key-class_bar label { font-size: 0.85rem; }
.st-key-class_bar [data-testid="stPageLink"] * { white-space: normal; }
.st-key-class_bar [data-testid="stButton"] button { min-height: 1.8rem; padding: 0 0.7rem; }
.st-key-arithmetic .katex-display { overflow: auto hidden; margin: 0 0 0.5rem; padding-top: 0.3rem; text-align: left; }
.st-key-arithmetic .katex-display > .katex { text-align: left; }
@media (min-width: 1000px) { .st-key-side_panel { position: sticky; top: 4rem; } }
@media (max-width: 640px) {
  .st-key-share_bar { right: 3.4rem; }
  .st-key-class_bar { gap: 0 0.8rem; padding: 0 0.6rem; }
  .st-key-class_bar [data-testid="stTooltipIcon"] { display: none; }
  .st-key-class_bar:has(.st-key-class-freeze) .stElementContainer:has([data-testid="stCaptionContainer"]) { display: none; }
  .st-key-arithmetic .katex-display { font-size: 0.7em; }
  .st-key-train_bar { position: fixed; left: 0; right: 0; bottom: 0; z-index: 99; padding: 0.6rem 1rem; width: 100%;
    backdrop-filter: blur(10px); border-top: 1px solid rgb(128 150 155 / 35%); }
}
</style>"""


def apply() -> None:
    """Set up the browser tab, the logo and the menu; called once at the top of every script run."""
    st.set_page_config(
        page_title=NAME,
        page_icon=str(ASSETS / "icon.svg"),
        layout="wide",
        initial_sidebar_state=SIDEBAR_WIDTH,
        menu_items={"About": f"**{NAME}.** {PROMISE}"},
    )
    st.html(STYLE)
    st.logo(str(ASSETS / "logo.svg"), size="large", icon_image=str(ASSETS / "icon.svg"))


def status_badge(word: str, help: str | None = None) -> None:
    """Draw a run's status as a badge."""
    st.badge(
        word, icon=f":material/{STATUS_ICONS.get(word, 'help')}:", color=STATUS_COLOURS.get(word, "gray"), help=help
    )
