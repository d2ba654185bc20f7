"""The live charts of a race, as a Streamlit component; its scripts travel with those of the live charts."""

from __future__ import annotations

from typing import Any

from app.components.live_charts import mounted


def race_charts(race_id: str, *, key: str, panel_height: int = 280) -> Any:
    """Draw a race live; needs the routes of app/server.py.

    Args:
        race_id: the race.
        key: as of any widget; the charts keep zoom and settings while it stays the same.
        panel_height: height of a panel's chart in pixels.

    Returns:
        As of live_charts: its `status` is set for one script run when the race's status word has changed.
    """
    return mounted([race_id], key=key, view="race", panel_height=panel_height)
