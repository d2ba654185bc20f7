"""An explanation in the browser: asked of the real worker, with its light, charts, a changed sample, and shared by two tabs."""

from __future__ import annotations

import re
from typing import Any

import pytest

from core.recipe.codec import parse_recipe, to_document
from core.store.workspace import Run, Workspace
from tests.warm import WarmProcess
from tools.browser import Server

pytestmark = pytest.mark.browser
WAIT = 90_000
RECIPE = {
    "name": "Wine, to be explained",
    "data": {"key": "wine"},
    "model": {"key": "mlp", "depth": 1, "width": 16},
    "train": {"epochs": 6},
}


@pytest.fixture
def run(server: Server) -> Run:
    """A small finished run."""
    made = Workspace(server.home).create(to_document(parse_recipe(RECIPE)))
    assert WarmProcess(str(made.path)).wait(WAIT / 1000) == 0
    return made


def chart(page: Any, place: str) -> Any:
    return page.locator(f"[class*='st-key-{place}'] .js-plotly-plot .main-svg").first


def test_a_prediction_is_explained_alone_and_among_many(page: Any, server: Server, run: Run) -> None:
    page.goto(f"{server.url}/explain?run={run.id}&row=2", wait_until="domcontentloaded")
    page.get_by_text(re.compile("passed its checks|read with care")).first.wait_for(timeout=WAIT)
    chart(page, "explain-sample-waterfall").wait_for(timeout=WAIT)
    page.get_by_text(re.compile("^Looking at which methods")).wait_for(state="detached", timeout=WAIT)
    page.get_by_role("tab", name="Many samples").click()
    page.get_by_role("radio", name="Beeswarm").click(timeout=WAIT)
    chart(page, "many-beeswarm").wait_for(timeout=WAIT)
    page.wait_for_url(re.compile("view=many"), timeout=WAIT)


@pytest.mark.slow
def test_inputs_are_changed_and_an_answer_is_shared_by_two_tabs(page: Any, server: Server, run: Run) -> None:
    page.goto(f"{server.url}/explain?run={run.id}&row=2", wait_until="domcontentloaded")
    chart(page, "explain-sample-waterfall").wait_for(timeout=WAIT)
    page.get_by_role("tab", name="What if").click()
    page.get_by_text(re.compile("0 inputs of 13 changed")).wait_for(timeout=WAIT)
    page.locator("[data-testid=stApp][data-test-script-state=notRunning]").wait_for(timeout=WAIT)
    slider = page.get_by_role("slider").first
    slider.focus()
    slider.press("End")
    page.get_by_text(re.compile("1 input of 13 changed")).wait_for(timeout=WAIT)
    other = page.context.new_page()
    other.goto(f"{server.url}/explain?run={run.id}&row=2", wait_until="domcontentloaded")
    chart(other, "explain-sample-waterfall").wait_for(timeout=WAIT)  # the same answer, without computing it again
    answers = list((server.home / "explanations").glob("*.npz"))
    assert len(answers) == len({path.name for path in answers})
    assert answers


@pytest.mark.slow
def test_a_row_that_is_wrong_leads_to_its_explanation(page: Any, server: Server, run: Run) -> None:
    first = min(checkpoint.step for checkpoint in run.checkpoints.list())
    page.goto(f"{server.url}/errors?run={run.id}&step={first}", wait_until="domcontentloaded")
    page.get_by_role("button", name="Explain this row").click(timeout=WAIT)
    page.wait_for_url(re.compile(r"explain\?.*row=\d+"), timeout=WAIT)
    page.get_by_text(re.compile("passed its checks|read with care|withheld")).first.wait_for(timeout=WAIT)
