"""The live charts of one run, or of several laid over each other, as a Streamlit component."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

import streamlit as st

from app import state
from app.live.assets import base_path, plotly_asset, script_asset, style
from core.errors import ClinicError
from core.runtime.feed import MAX_SUBSCRIPTIONS
from core.store.status import RunStatus, run_status


@functools.cache
def _component() -> Any:
    # A stub: the charts themselves come from an address that a browser caches, not with every rerun.
    stub = (
        f"const charts = import(new URL({script_asset().path!r}, location.origin).href);\n"
        "export default async (component) => (await charts).mount(component);\n"
    )
    return st.components.v2.component(
        "live_charts", html='<div class="gc-place"></div>', css=style(), js=stub, isolate_styles=False
    )


@functools.cache
def _warmer() -> Any:
    script = (
        "export default ({ data }) => {\n"
        "  const load = () => import(new URL(data.script, location.origin).href).then((charts) => charts.loadPlotly(data.plotly));\n"
        "  const idle = window.requestIdleCallback || ((act) => setTimeout(act, 300));\n"
        "  idle(() => load().catch(() => undefined));\n"
        "};\n"
    )
    return st.components.v2.component("live_charts_warmer", html="<div></div>", js=script, isolate_styles=False)


def warm_up() -> None:
    """Let the browser fetch and read the charting scripts while it is idle, so that a first run shows at once."""
    _warmer()(key="warm", data={"script": script_asset().path, "plotly": plotly_asset().path}, height=1)


def news(status: RunStatus) -> str:
    """What the browser compares: the status word and the ids of the findings."""
    return f"{status.word}|{','.join(status.state.get('findings') or ())}"


def live_charts(
    run_ids: Sequence[str],
    *,
    key: str,
    panels: Sequence[str] | None = None,
    panel_height: int = 250,
    focus: dict[str, Any] | None = None,
) -> Any:
    """Draw runs live; needs the routes of app/server.py.

    Args:
        run_ids: one run, or several to lay over each other (at most 12).
        key: as of any widget; the charts keep zoom and settings while it stays the same.
        panels: which panels (loss, metric, lr, gradient, heat, flow, update, health, spread); None means all.
        panel_height: height of a panel's chart in pixels.
        focus: {"token", "panel", "from", "to", "layer"}: a stretch of steps to zoom to, once per token.

    Returns:
        An object whose `status` is set, for one script run, to a run's `news` when its status word or its findings have
        changed since this script run began; so native buttons and cards can follow without polling.
    """
    return mounted(run_ids, key=key, panels=list(panels) if panels else None, panel_height=panel_height, focus=focus)


def mounted(run_ids: Sequence[str], *, key: str, view: str = "run", **options: Any) -> Any:
    """Mount the component for `run_ids`; `view` is run or race, `options` are what its script reads."""
    ids = list(dict.fromkeys(run_ids))[:MAX_SUBSCRIPTIONS]
    workspace = state.workspace()
    known = {}
    for run_id in ids:
        try:
            known[run_id] = news(run_status(workspace.run(run_id)))
        except ClinicError:
            known[run_id] = "gone|"
    return _component()(
        key=key,
        data={
            "runs": ids,
            "known": known,
            "view": view,
            **options,
            "live": f"{base_path()}/api/live",
            "plotly": plotly_asset().path,
        },
        on_status_change=lambda: None,
    )
