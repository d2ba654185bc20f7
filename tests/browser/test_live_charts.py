"""The charts in a real browser: they follow the run, keep the zoom, never lose a NaN, and say how much they show."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.live.report import standalone_html
from core.store.workspace import Workspace
from tests.synthetic_run import SyntheticRun
from tools.browser import Server

pytestmark = pytest.mark.browser
PANELS = ("loss", "metric", "lr", "gradient", "heat", "flow", "update", "health", "spread")
WAIT = 30_000


def plot(panel: str) -> str:
    return f"document.querySelector('[data-panel={panel}] .js-plotly-plot')"


def last_x(page: Any, panel: str) -> float:
    script = f"() => Math.max(-1, ...({plot(panel)}?.data || []).flatMap(t => (t.x || []).slice(-1)).map(Number).filter(Number.isFinite))"
    return float(page.evaluate(script))


class Writer:
    """Appends to a synthetic run at 500 steps a second until told to stop."""

    def __init__(self, server: Server, **options: Any) -> None:
        self.options, self.home = options, server.home
        self.ready, self.halt = threading.Event(), threading.Event()
        self.thread = threading.Thread(target=self._work)
        self.thread.start()
        self.ready.wait(20)

    def _work(self) -> None:
        self.made = SyntheticRun(Workspace(self.home), **self.options)
        self.made.append(600)
        self.ready.set()
        while not self.halt.wait(0.1):
            self.made.append(50)
        self.made.finish()

    def stop(self) -> None:
        self.halt.set()
        self.thread.join()


@pytest.fixture
def writer(server: Server) -> Iterator[Writer]:
    found = Writer(server, total_steps=100_000, spike=700, nan=650)
    yield found
    found.stop()


def open_run(page: Any, server: Server, run_id: str) -> None:
    page.goto(f"{server.url}/run?run={run_id}", wait_until="domcontentloaded")
    page.locator("[data-panel=loss]").scroll_into_view_if_needed(timeout=60_000)  # charts off screen wait
    page.wait_for_function(f"() => {plot('loss')}?.querySelector('.scatterlayer .trace')", timeout=60_000)


def test_every_panel_draws_and_follows(page: Any, server: Server, writer: Writer) -> None:
    open_run(page, server, writer.made.run.id)
    for panel in PANELS:
        page.locator(f"[data-panel={panel}]").scroll_into_view_if_needed()
        page.wait_for_function(
            f"() => {plot(panel)}?.querySelector('.scatterlayer .trace path, .heatmaplayer image, .heatmaplayer .hm')",
            timeout=WAIT,
        )
    page.locator("[data-panel=loss]").scroll_into_view_if_needed()
    for _ in range(3):
        before = last_x(page, "loss")
        page.wait_for_function(f"() => ({plot('loss')}.data[0].x.slice(-1)[0]) > {before} + 100", timeout=WAIT)
    behind = writer.made.step - last_x(page, "loss")
    assert behind <= 1_500, "the loss panel lags behind the run"


def test_zoom_survives_updates_and_a_rerun(page: Any, server: Server, writer: Writer) -> None:
    open_run(page, server, writer.made.run.id)
    box = page.locator("[data-panel=loss] .js-plotly-plot .nsewdrag").first.bounding_box()
    page.mouse.move(box["x"] + 100, box["y"] + 60)
    page.mouse.down()
    page.mouse.move(box["x"] + 300, box["y"] + 140, steps=5)
    page.mouse.up()
    page.wait_for_function(f"() => {plot('loss')}._fullLayout.xaxis.autorange === false", timeout=WAIT)
    chosen = page.evaluate(f"() => {plot('loss')}._fullLayout.xaxis.range")
    before = last_x(page, "loss")
    page.wait_for_function(f"() => ({plot('loss')}.data[0].x.slice(-1)[0]) > {before} + 200", timeout=WAIT)
    assert page.evaluate(f"() => {plot('loss')}._fullLayout.xaxis.range") == pytest.approx(chosen)
    page.get_by_role("tab", name="Recipe").click()  # a script run
    time.sleep(1.5)
    assert page.evaluate(f"() => {plot('loss')}._fullLayout.xaxis.range") == pytest.approx(chosen)
    page.get_by_role("button", name="Reset zoom").click()
    page.wait_for_function(f"() => {plot('loss')}._fullLayout.xaxis.autorange", timeout=WAIT)


def test_a_nan_is_drawn_at_its_step_and_counts_are_printed(page: Any, server: Server, writer: Writer) -> None:
    open_run(page, server, writer.made.run.id)
    page.wait_for_function(f"() => {plot('loss')}.data.some(t => t.meta?.bad && t.x.includes(650))", timeout=WAIT)
    note = page.locator("[data-panel=loss] .gc-count").inner_text()
    assert "points" in note
    assert "not finite" in note
    while writer.made.step < 2_500:
        time.sleep(0.1)
    page.reload(wait_until="domcontentloaded")
    page.wait_for_function(f"() => {plot('loss')}?.data?.length", timeout=60_000)
    assert "all spikes kept" in page.locator("[data-panel=loss] .gc-count").inner_text()
    assert 700 in page.evaluate(f"() => {plot('loss')}.data[0].x"), "the spike is among the points"
    page.locator("[data-panel=loss]").get_by_role("radio", name="log").click()
    page.wait_for_function(f"() => {plot('loss')}._fullLayout.yaxis.type === 'log'", timeout=WAIT)
    assert page.evaluate(f"() => {plot('loss')}.data.some(t => t.meta?.bad && t.x.includes(650))")


@pytest.mark.slow
def test_axes_can_be_epochs_or_seconds(page: Any, server: Server, writer: Writer) -> None:
    open_run(page, server, writer.made.run.id)
    for name, scale in (("epoch", 1 / 500), ("time", 0.0005)):
        page.get_by_role("radio", name=name, exact=True).click()
        low, high = 600 * scale, 1.5 * writer.made.step * scale
        page.wait_for_function(
            f"() => {{ const x = {plot('loss')}.data[0].x.slice(-1)[0]; return {low} <= x && x <= {high}; }}",
            timeout=WAIT,
        )
    page.get_by_role("radio", name="step", exact=True).click()


@pytest.mark.slow
def test_a_training_loss_with_penalties_says_so_live_and_finished(page: Any, server: Server) -> None:
    made = SyntheticRun(Workspace(server.home), recipe={"regularise": {"l2": {}}})
    plain = SyntheticRun(Workspace(server.home))
    for run in (made, plain):
        run.append(600)
    legend = "[data-panel=loss] .gc-legend"
    for finish in (False, True):
        if finish:
            made.finish()
        open_run(page, server, made.run.id)
        said = page.locator(legend).inner_text()
        assert "training, with L2 penalty" in said
        assert "validation, without" in said
    open_run(page, server, plain.run.id)
    said = page.locator(legend).inner_text()
    assert "training" in said
    assert "with" not in said
    page.goto(f"{server.url}/compare?runs={made.run.id},{plain.run.id}", wait_until="domcontentloaded")
    page.locator("[data-panel=loss]").scroll_into_view_if_needed(timeout=60_000)
    page.wait_for_function(f"() => {plot('loss')}?.querySelector('.scatterlayer .trace')", timeout=60_000)
    assert "training, with its penalties" in page.locator(legend).inner_text()


def test_the_exported_page_draws_without_a_network(browser: Any, server: Server, tmp_path: Path) -> None:
    made = SyntheticRun(Workspace(server.home), name="</script><img src=x onerror=alert(1)>", total_steps=3_000)
    made.append(5_000)
    made.finish()
    path = tmp_path / "report.html"
    path.write_bytes(standalone_html([made.run.id], Workspace(server.home)))
    context = browser.new_context(offline=True)
    tab = context.new_page()
    problems: list[str] = []
    tab.on("pageerror", lambda error: problems.append(str(error)))
    tab.on("dialog", lambda dialog: (problems.append("a name ran as a script"), dialog.dismiss()))
    tab.goto(path.as_uri())
    tab.wait_for_function(f"() => {plot('loss')}?.querySelector('.scatterlayer .trace')", timeout=WAIT)
    assert problems == []
    context.close()
