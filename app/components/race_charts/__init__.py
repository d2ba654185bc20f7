"""The live charts of a race, as a Streamlit component; its scripts travel with those of the live charts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from app.components.live_charts import mounted


def race_charts(race_id: str, *, key: str, panels: Sequence[str] | None = None, panel_height: int = 280) -> Any:
    """Draw a race live; needs the routes of app/server.py.

    Args:
        race_id: the race.
        key: as of any widget; the charts keep zoom and settings while it stays the same.
        panels: which panels (score, loss, finals, arrival, gradient_norm, update_ratio, lr, cost); None means all.
        panel_height: height of a panel's chart in pixels.

    Returns:
        As of live_charts: its `status` is set for one script run when the race's status word has changed.
    """
    return mounted([race_id], key=key, view="race", panels=list(panels) if panels else None, panel_height=panel_height)
