"""A newcomer's journey: train, watch, pause, change, close the tab, come back; and what happens on bad days."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import Any

import pytest

from core.recipe.codec import parse_recipe
from core.recipe.presets import PRESETS
from core.runtime import jobs
from core.store.status import run_status
from core.store.workspace import Run, Workspace
from tools.browser import Server

pytestmark = pytest.mark.browser
WAIT = 60_000
POINTS = """() => Math.max(0, ...[...document.querySelectorAll('.js-plotly-plot')].flatMap(
    plot => (plot.data || []).map(trace => (trace.x || []).length)))"""


def open_page(page: Any, server: Server, path: str = "") -> None:
    page.goto(f"{server.url}/{path}", wait_until="domcontentloaded")
    page.locator("h1").first.wait_for(timeout=WAIT)


def chip(page: Any, word: str) -> None:
    """Wait until the live header says `word`."""
    page.locator(".gc-chip", has_text=word).first.wait_for(timeout=WAIT)


def wait_for_points(page: Any, more_than: int = 0) -> int:
    page.wait_for_function(f"({POINTS})() > {more_than}", timeout=WAIT)
    return int(page.evaluate(POINTS))


def the_run(page: Any, server: Server) -> Run:
    page.wait_for_url(re.compile(r"run=\d"), timeout=WAIT)
    return Workspace(server.home).run(re.search(r"run=([\w-]+)", page.url).group(1))  # type: ignore[union-attr]


def long_run(server: Server) -> Run:
    document = {**PRESETS["digits-mlp"].document, "name": "Long"}
    document["train"] = {**document.get("train", {}), "epochs": 20_000}
    return jobs.start(Workspace(server.home), parse_recipe(document))


def wait_for(what: Callable[[], bool]) -> None:
    deadline = time.monotonic() + WAIT / 1000
    while not what():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.05)


def trains_on(run: Run) -> None:
    """Wait until two more commits have been made: the first may have been under way."""
    for _ in range(2):
        step = run_status(run).state["step"]
        wait_for(lambda step=step: run_status(run).state["step"] > step)  # type: ignore[misc]


def test_first_run_in_one_click(page: Any, server: Server) -> None:
    before = len(list(Workspace(server.home).runs()))
    open_page(page, server)
    page.get_by_role("button", name="Start a first run").click()
    wait_for_points(page)
    chip(page, "done")
    run = the_run(page, server)
    assert run_status(run).state["metrics"]["val_accuracy"] >= 0.96
    assert len(list(Workspace(server.home).runs())) == before + 1


def test_pause_change_close_and_come_back(page: Any, browser: Any, server: Server) -> None:
    run = long_run(server)
    open_page(page, server, f"run?run={run.id}")
    chip(page, "running")
    wait_for_points(page, 20)
    page.get_by_role("button", name="Pause").click()
    chip(page, "paused")
    page.get_by_text("Change settings while it trains").click()
    rate = page.get_by_role("spinbutton", name="Learning rate").first
    rate.fill("0.02")
    rate.press("Tab")
    page.get_by_role("button", name="Apply").click()
    wait_for(lambda: run_status(run).state["settings"]["lr"] == 0.02)
    page.get_by_role("button", name="Resume").click()
    chip(page, "running")
    before = wait_for_points(page, 20)
    page.close()

    trains_on(run)  # it does not mind the closed tab
    tab = browser.new_context(viewport={"width": 1366, "height": 900}).new_page()
    open_page(tab, server, f"run?run={run.id}")
    chip(tab, "running")
    assert wait_for_points(tab, 20) >= min(before, 500)
    assert tab.get_by_text("0.02").first.is_visible() or "0.02" in tab.content()
    tab.get_by_role("button", name="Stop and keep").click()
    chip(tab, "stopped")
    tab.context.close()


@pytest.mark.slow
def test_server_killed_while_training_and_started_again(page: Any, server: Server) -> None:
    run = long_run(server)
    open_page(page, server, f"run?run={run.id}")
    chip(page, "running")
    wait_for_points(page, 20)
    server.kill()
    trains_on(run)
    server.start()
    open_page(page, server, f"run?run={run.id}")
    chip(page, "running")
    wait_for_points(page, 20)
    run.control.send("stop")
    chip(page, "stopped")


@pytest.mark.slow
def test_trainer_killed_says_lost_and_resumes_with_a_badge(page: Any, server: Server) -> None:
    run = long_run(server)
    open_page(page, server, f"run?run={run.id}")
    chip(page, "running")
    wait_for_points(page, 20)
    wait_for(lambda: len(run.checkpoints.list()) >= 2)
    jobs.kill(run)
    chip(page, "lost")
    page.get_by_role("button", name="Resume").click()
    chip(page, "running")
    page.reload(wait_until="domcontentloaded")
    page.get_by_text("resumed exactly").first.wait_for(timeout=WAIT)
    run.control.send("stop")
    chip(page, "stopped")


@pytest.mark.slow
def test_two_tabs_press_train_at_once(browser: Any, server: Server) -> None:
    before = len(list(Workspace(server.home).runs()))
    tabs = [browser.new_context().new_page() for _ in range(2)]
    for tab in tabs:
        open_page(tab, server)
    for tab in tabs:
        tab.get_by_role("button", name="Start a first run").dblclick(no_wait_after=True)
    found = {the_run(tab, server).id for tab in tabs}
    assert len(found) == 2
    time.sleep(1.0)
    assert len(list(Workspace(server.home).runs())) == before + 2, "one run per press"
    for tab in tabs:
        tab.context.close()


@pytest.mark.slow
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1366, 390])
def test_every_page_opens_without_an_error(browser: Any, server: Server, scheme: str, width: int) -> None:
    context = browser.new_context(viewport={"width": width, "height": 844}, color_scheme=scheme)
    tab = context.new_page()
    errors: list[str] = []
    tab.on("pageerror", lambda error: errors.append(str(error)))
    for path in ("", "train", "run", "runs", "compare", "data", "surfaces", "catalogue", "accuracy"):
        open_page(tab, server, path)
        assert tab.locator('[data-testid="stException"]').count() == 0
        overflow = tab.evaluate("() => document.documentElement.scrollWidth - window.innerWidth")
        assert overflow <= 1, f"{path} is {overflow}px too wide"
    assert errors == []
    context.close()
