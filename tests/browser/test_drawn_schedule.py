"""The custom schedule on the New run page: its points are dragged, added, removed and moved by keys, and the form follows."""

from __future__ import annotations

from typing import Any

import pytest

from tools.browser import Server

pytestmark = [pytest.mark.browser, pytest.mark.slow]
WAIT = 60_000


def choose_custom(page: Any, url: str) -> Any:
    page.goto(f"{url}/train", wait_until="domcontentloaded")
    page.get_by_text("Learning rate: Constant").wait_for(timeout=WAIT)
    page.get_by_role("combobox", name="Schedule").click()
    page.get_by_role("option", name="Custom points").click()
    page.get_by_text("Learning rate: Custom points").wait_for(timeout=WAIT)
    page.locator(".gc-points-handle").nth(2).wait_for(timeout=WAIT)
    return page.get_by_role("textbox", name="Points")


def value_becomes(page: Any, text: Any, wanted: Any) -> None:
    for _ in range(150):
        if wanted(text.input_value()):
            return
        page.wait_for_timeout(100)
    raise AssertionError(text.input_value())


def test_points_are_drawn_by_mouse_and_by_keys(page: Any, server: Server) -> None:
    text = choose_custom(page, server.url)
    handles = page.locator(".gc-points-handle")
    assert text.input_value() == "0:0.1, 0.1:1, 1:0.01"

    box = handles.nth(1).locator("circle").nth(1).bounding_box()
    plot = page.locator(".gc-points-plot").bounding_box()
    at = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(*at)
    page.mouse.down()
    page.mouse.move(at[0] + plot["width"] * 0.2, at[1] + 40, steps=5)
    page.mouse.up()
    value_becomes(page, text, lambda value: value != "0:0.1, 0.1:1, 1:0.01")
    share, factor = (float(part) for part in text.input_value().split(", ")[1].split(":"))
    assert 0.25 < share < 0.4
    assert 0.6 < factor < 0.85

    last, second = (handles.nth(n).locator("circle").nth(1).bounding_box() for n in (2, 1))
    page.mouse.click((last["x"] + second["x"]) / 2 + 6, (last["y"] + second["y"]) / 2 + 6)
    value_becomes(page, text, lambda value: value.count(":") == 4)
    page.get_by_role("button", name="Remove point").click()
    value_becomes(page, text, lambda value: value.count(":") == 3)

    handles.nth(0).focus()
    for key in ("ArrowUp", "ArrowUp", "ArrowRight"):
        page.keyboard.press(key)
    value_becomes(page, text, lambda value: value.startswith("0.01:0.12,"))
    assert page.evaluate("document.activeElement.getAttribute('aria-label')").startswith("Point 1 of 3")
    page.keyboard.press("Delete")
    value_becomes(page, text, lambda value: value.count(":") == 2)
    assert page.get_by_role("button", name="Remove point").is_disabled()

    text.fill("0:1, 0.5:0.5, 0.6:0.1, 1:0.05")
    text.press("Tab")
    handles.nth(3).wait_for(timeout=WAIT)
    assert handles.count() == 4
    text.fill("0:1, 0.5")
    text.press("Tab")
    page.get_by_text("can't be read").wait_for(timeout=WAIT)
    assert page.locator('[data-testid="stException"]').count() == 0
