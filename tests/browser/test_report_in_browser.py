"""The report of a class in a real browser: offline, the slider shows the class as it was, and nobody's name runs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.classroom.report.page import report_html
from core.classroom.report.document import class_report
from tests.core.classroom.made_up_class import BEGAN, HOSTILE, hour

pytestmark = [pytest.mark.browser, pytest.mark.slow]
LOSSES = "[...document.querySelectorAll('#curves .loss')].map(path => path.getAttribute('d').length)"


@pytest.fixture
def report(page: Any, tmp_path: Path) -> Iterator[Any]:
    """The report of an hour, opened as a file without a network."""
    events, records = hour((HOSTILE, "Bob", "Cem"))
    file = tmp_path / "class.html"
    file.write_bytes(report_html(class_report(events, records)))
    page.context.set_offline(True)
    page.goto(file.as_uri())
    yield page
    page.context.set_offline(False)


def to(page: Any, minutes: float) -> None:
    """Move the slider as a user does: the value changes and the page is told."""
    page.evaluate(
        "([share]) => { slider.value = 1000 * share; slider.dispatchEvent(new Event('input')); }", [minutes / 60]
    )


def test_the_slider_shows_less_the_earlier_it_stands(report: Any) -> None:
    assert report.locator("#curves .card").count() == 3
    whole = report.evaluate(LOSSES)
    to(report, 18.5)  # the second run is half-way
    assert report.locator("#curves .card").count() == 2
    first, second = report.evaluate(LOSSES)
    assert first == whole[0]
    assert 0 < second < whole[1]
    to(report, 3)
    assert report.locator("#curves .card").count() == 0
    assert report.locator("#members span").all_inner_texts() == [HOSTILE, "Bob"]
    to(report, 9)
    assert "Run teachers" in report.locator("#shown").inner_text()


def test_votes_and_the_right_answer_appear_with_their_reveal(report: Any) -> None:
    to(report, 31.5)
    assert "Not revealed yet" in report.locator("#poll").inner_text()
    assert report.locator("#poll .right").count() == 0
    to(report, 32.5)
    assert report.locator("#poll .right").inner_text() == "0.3"
    assert report.locator("#poll .option span:last-child").all_inner_texts() == ["1", "1", "1"]


def test_the_buttons_walk_from_event_to_event(report: Any) -> None:
    report.get_by_role("button", name="Event before").click()
    before = report.evaluate("now()")
    report.get_by_role("button", name="Event before").click()
    assert report.evaluate("now()") < before
    report.get_by_role("button", name="Next event").click()
    assert report.evaluate("now()") == pytest.approx(before, abs=0.1)
    to(report, 0)
    assert report.evaluate("now()") == BEGAN
    report.get_by_role("button", name="Play").click()
    while report.evaluate("now()") <= BEGAN + 60:
        report.wait_for_timeout(50)
    report.get_by_role("button", name="Pause").click()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_is_readable_on_a_phone_in_light_and_dark(report: Any, scheme: str) -> None:
    report.emulate_media(color_scheme=scheme)
    report.set_viewport_size({"width": 390, "height": 800})
    assert report.evaluate("document.documentElement.scrollWidth <= innerWidth")
    tone = "getComputedStyle(document.body).backgroundColor"
    dark = report.evaluate(tone)
    assert (dark == "rgb(14, 22, 24)") == (scheme == "dark")
    report.get_by_role("button", name="light / dark").click()
    assert report.evaluate(tone) != dark
