"""The New run page in a browser: nothing waits for the check before training; a learning rate is found and taken."""

from __future__ import annotations

from typing import Any

import pytest

from tools.browser import Server

pytestmark = [pytest.mark.browser, pytest.mark.slow]
WAIT = 60_000


def test_the_check_comes_when_it_is_ready_and_a_learning_rate_is_found(page: Any, server: Server) -> None:
    page.goto(f"{server.url}/train", wait_until="domcontentloaded")  # the inspector still loads torch
    panel = page.locator(".st-key-side_panel")
    panel.get_by_text("Learning rate: Constant").wait_for(timeout=WAIT)
    assert panel.get_by_text("1,438 training rows").is_visible()
    page.get_by_role("spinbutton", name="Learning rate").fill("0.5")
    page.get_by_role("spinbutton", name="Learning rate").press("Tab")
    panel.get_by_text("Signal and gradient over depth").wait_for(timeout=WAIT)
    assert page.get_by_role("spinbutton", name="Learning rate").input_value() == "0.5"

    panel.get_by_role("button", name="Find a learning rate").click()
    panel.get_by_text("The loss falls from").wait_for(timeout=WAIT)
    use = page.locator(".st-key-rate_finder").get_by_role("button", name="Use 0.")
    wanted = float(use.inner_text().split()[-1])
    assert 1e-4 < wanted < 0.05
    use.click()
    panel.get_by_text("is in the form").wait_for(timeout=WAIT)
    assert float(page.get_by_role("spinbutton", name="Learning rate").input_value()) == wanted
    assert page.locator('[data-testid="stException"]').count() == 0
