"""A run's charts as one HTML file: Plotly, the same scripts and the data inside; opens offline."""

from __future__ import annotations

import html
import time
from collections.abc import Sequence
from typing import Any

from app.live.assets import bundle, plotly_asset, style
from core.errors import BadInput
from core.race.outcome import task_outcomes
from core.race.recipe import parse_race
from core.race.record import read_race
from core.race.series import RaceSeries
from core.runtime.documents import encode, in_loss, run_document, status_document
from core.runtime.feed import MAX_SUBSCRIPTIONS
from core.runtime.series import read_all
from core.store.rows import RunReader
from core.store.status import run_status
from core.store.workspace import Run, Workspace

POINTS = 5_000
PAGE_STYLE = """
:root { color-scheme: light dark; --st-font: system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif; --st-base-radius: .6rem;
  --st-background-color: #fff; --st-secondary-background-color: #f1f6f6; --st-text-color: #13272b; --st-border-color: #d3dfe0;
  --st-primary-color: #0b6b75; --st-green-color: #00785a; --st-red-color: #b23a48; --st-orange-color: #b45309; --st-violet-color: #7a4f96; }
:root[data-theme=dark] { --st-background-color: #0e1618; --st-secondary-background-color: #18252a; --st-text-color: #e6eff0;
  --st-border-color: #30434a; --st-primary-color: #4cc4cb; --st-green-color: #4fd0a5; --st-red-color: #f0808c; --st-orange-color: #f2a65a;
  --st-violet-color: #c3a3e8; }
body { margin: 0; font: 17px/1.5 var(--st-font); background: var(--st-background-color); color: var(--st-text-color); }
main { max-width: 1360px; margin: 0 auto; padding: 1.4rem 1.2rem 3rem; }
main > header { display: flex; align-items: baseline; gap: 1rem; flex-wrap: wrap; }
main > header h1 { font-size: 1.6rem; margin: 0; }
main > header small { color: color-mix(in srgb, var(--st-text-color) 66%, var(--st-background-color)); }
main > header button { margin-left: auto; font: inherit; font-size: .85rem; color: inherit; background: none; cursor: pointer;
  border: 1px solid var(--st-border-color); border-radius: 7px; padding: .1rem .8rem; }
"""
BOOT = """
const root = document.documentElement;
const dark = matchMedia('(prefers-color-scheme: dark)');
let theme = dark.matches ? 'dark' : 'light';
const show = () => { root.dataset.theme = theme; };
document.getElementById('theme').onclick = () => { theme = theme === 'dark' ? 'light' : 'dark'; show(); };
show();
LiveCharts.report(document.getElementById('charts'), JSON.parse(document.getElementById('data').textContent));
"""


def standalone_html(run_ids: Sequence[str], workspace: Workspace) -> bytes:
    """One HTML page with the charts of these runs, at most 5,000 points a line; it needs no network.

    Raises:
        BadInput: when no run or too many are named, one is unknown, or nothing was recorded yet.
        RunDamaged: when one can't be read.
    """
    ids = list(dict.fromkeys(run_ids))
    if not 1 <= len(ids) <= MAX_SUBSCRIPTIONS:
        raise BadInput(f"A report holds 1 to {MAX_SUBSCRIPTIONS} runs, and {len(ids)} were given; choose fewer.")
    snapshots = [_snapshot(workspace.run(run_id)) for run_id in ids]
    names = ", ".join(str(one["meta"]["name"]) for one in snapshots)
    said = [sentence for one in snapshots for sentence in one.get("said", ())]
    made = time.strftime("%Y-%m-%d %H:%M")
    parts = [
        '<!doctype html><html lang="en"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{html.escape(names)}, Gradient Clinic</title>",
        f"<style>{PAGE_STYLE}{style()}</style></head><body><main>",
        f"<header><h1>{html.escape(names)}</h1><small>Gradient Clinic, {made}</small>",
        '<button type="button" id="theme">light / dark</button></header>',
        *[f"<p><strong>{html.escape(words)}</strong></p>" for words in said],
        '<div class="gc-live" id="charts"></div></main>',
        f'<script type="application/json" id="data">{_script_safe(encode_all(snapshots))}</script>',
        f"<script>{_closing_safe(plotly_asset().body.decode())}</script>",
        f"<script>{_closing_safe(bundle())}{BOOT}</script></body></html>",
    ]
    return "\n".join(parts).encode()


def encode_all(snapshots: list[dict[str, Any]]) -> str:
    """The snapshots as a JSON list."""
    return "[" + ",".join(encode(one).decode() for one in snapshots) + "]"


def _snapshot(run: Run) -> dict[str, Any]:
    reader = run.reader()
    if reader is None:
        raise BadInput(f"Run {run.id} has recorded nothing yet; wait for its first step.")
    if run.is_race:
        return _race_snapshot(run, reader)
    try:
        recipe = run.document()
        record = recipe.get("record")
        facts = {
            "name": run.control.labels().get("name") or run.id,
            "budget": record.get("budget") if isinstance(record, dict) else None,
            "in_loss": in_loss(recipe),
            **run_document(reader),
        }
        status = {**status_document(run_status(run)), "next_action": "", "eta": None}
        return {
            "type": "snapshot",
            "run": run.id,
            "status": status,
            "meta": facts,
            **read_all(reader).snapshot(POINTS),
        }
    finally:
        reader.close()


def _race_snapshot(run: Run, reader: RunReader) -> dict[str, Any]:
    """As of a run, with the verdict in `said`."""
    series = RaceSeries(reader, parse_race(run.document()))
    try:
        series.advance()
    finally:
        reader.close()
    outcomes = task_outcomes(read_race(run))
    return {
        "type": "snapshot",
        "run": run.id,
        "status": {**status_document(run_status(run)), "next_action": "", "eta": None},
        "meta": {"name": run.control.labels().get("name") or run.id},
        "said": [f"{one.name}: {one.verdict.headline}" for one in outcomes],
        **series.snapshot(),
    }


def _script_safe(text: str) -> str:
    """JSON that can stand inside a script element: no tag can begin or end in it."""
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _closing_safe(text: str) -> str:
    """Trusted script text in which no closing tag ends the element early."""
    return text.replace("</script", "<\\/script")
