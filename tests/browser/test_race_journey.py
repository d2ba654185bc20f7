"""A race in the browser: started in one press, watched live, paused, a lane frozen, finished with a verdict."""

from __future__ import annotations

import re
from typing import Any

import pytest

from core.race.links import to_link
from core.race.presets import RACES
from core.race.recipe import parse_race
from core.store.workspace import Workspace
from tools.browser import Server

pytestmark = pytest.mark.browser
WAIT = 90_000
MEANS = """() => [...document.querySelectorAll('[data-panel="loss"] .js-plotly-plot')].flatMap(
    plot => (plot.data || []).filter(trace => trace.customdata).map(trace => trace.x.length))"""


def test_a_race_from_set_up_to_verdict(page: Any, server: Server) -> None:
    page.set_viewport_size({"width": 1366, "height": 2200})  # charts out of sight are not drawn
    document = parse_race(RACES["sgd-against-adam"].document).document()
    document["base"]["train"]["epochs"] = 60
    link = to_link(parse_race(document))
    page.goto(f"{server.url}/race?setup={link}", wait_until="domcontentloaded")
    page.get_by_role("button", name="Start the race").click(timeout=WAIT)
    page.wait_for_url(re.compile(r"race=race-"), timeout=WAIT)
    page.wait_for_function(f"({MEANS})().length === 3 && Math.min(...({MEANS})()) > 3", timeout=WAIT)
    lengths = page.evaluate(MEANS)
    assert max(lengths) - min(lengths) <= 2, "lanes grow together"
    page.get_by_role("button", name="Pause").click()
    page.locator(".gc-chip", has_text="paused").wait_for(timeout=WAIT)
    before = page.evaluate(MEANS)
    page.get_by_role("button", name="Step", exact=True).click()
    page.wait_for_function(f"Math.min(...({MEANS})()) > {min(before)}", timeout=WAIT)
    page.get_by_role("button", name="Lanes").click()
    page.get_by_role("button", name="Drop").last.click()
    page.locator(".gc-lane small", has_text="dropped").wait_for(timeout=WAIT)
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Resume").click()
    page.locator(".gc-chip", has_text="done").wait_for(timeout=WAIT)
    page.get_by_text(re.compile("Not separable|beats")).first.wait_for(timeout=WAIT)
    page.get_by_role("radio", name="samples").click()
    page.locator('[data-panel="score"] .xtitle', has_text="training samples seen").wait_for(timeout=WAIT)
    target = page.get_by_role("spinbutton", name="Target")
    target.fill("0.9")
    target.press("Tab")
    page.locator('[data-panel="arrival"] h4', has_text="reaches 0.9").wait_for(timeout=WAIT)
    (run,) = Workspace(server.home).races()
    assert run.id in page.url
