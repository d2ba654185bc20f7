"""The loss-surface theatre in a real browser: it plays, scrubs, shows the arithmetic, and a click chooses the start."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tools.browser import Server

pytestmark = [pytest.mark.browser, pytest.mark.slow]
WAIT = 90_000
SCENE = "surfaces?surface=quadratic:condition=10&start=-2,1&steps=40&lanes=adam:lr=0.1;sgd:lr=0.05"


def step(page: Any) -> int:
    return int(page.locator(".gc-scrub input").input_value())


def test_it_plays_scrubs_and_shows_the_arithmetic(page: Any, server: Server) -> None:
    page.goto(f"{server.url}/{SCENE}", wait_until="domcontentloaded")
    page.locator(".gc-theatre .contourlayer, .gc-theatre .contour").first.wait_for(state="attached", timeout=WAIT)
    page.wait_for_function("() => Number(document.querySelector('.gc-scrub input').value) > 3", timeout=WAIT)
    page.get_by_role("button", name="Pause").click()
    held = step(page)
    page.get_by_role("button", name="One step forward").click()
    assert step(page) == held + 1
    page.get_by_role("button", name="Back to the start").click()
    assert step(page) == 0
    first = page.locator(".gc-loss").first.inner_text()
    page.locator(".gc-scrub input").fill("17")
    assert step(page) == 17
    assert page.locator(".gc-loss").first.inner_text() != first
    assert page.evaluate("() => [...document.querySelectorAll('.gc-overlay')].every(c => c.width > 100)")

    page.get_by_role("button", name="Show the arithmetic").click()
    page.get_by_text("Update 17 of Adam").wait_for(timeout=WAIT)
    page.get_by_text("Second moment").first.wait_for(timeout=WAIT)
    assert step(page) == 17, "asking must not start the play again"
    page.locator(".gc-actor").nth(1).click()
    page.get_by_text("Update 17 of SGD").wait_for(timeout=WAIT)
    page.get_by_role("button", name="One step back").click()
    page.get_by_text("Update 16 of SGD").wait_for(timeout=WAIT)

    box = page.locator(".gc-map .nsewdrag").first.bounding_box()
    page.mouse.click(box["x"] + 0.75 * box["width"], box["y"] + 0.25 * box["height"])
    page.wait_for_url(re.compile(r"start=1\.\d*(%2C|,)1(\.\d*)?&|start=1\.\d*(%2C|,)0\.9\d*&"), timeout=WAIT)
    page.get_by_role("radio", name="3-D").click()
    page.locator(".gc-map .gl-container canvas").first.wait_for(timeout=WAIT)
