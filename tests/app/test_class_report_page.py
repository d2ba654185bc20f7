"""The class report as a file: whole, with hostile names shown as text, and with pictures of every run."""

from __future__ import annotations

import json
import math
import re
from html.parser import HTMLParser

import pytest

from app.classroom.report.charts import HEIGHT, Scale, loss_points, svg
from app.classroom.report.page import report_html
from core.classroom.report.document import class_report
from tests.core.classroom.made_up_class import HOSTILE, hour, record


class Elements(HTMLParser):
    """Counts elements and collects attributes and what stands inside scripts."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs


def page(names: tuple[str, ...] = ("Ann", "Bob", "Cem"), **options: bool) -> str:
    return report_html(class_report(*hour(names, **options))).decode()


def data(text: str) -> dict:
    found = re.search(r'<script type="application/json" id="class">(.*?)</script>', text)
    assert found
    return json.loads(found[1])


def test_hostile_names_are_text_everywhere() -> None:
    events, records = hour((HOSTILE, "Bob", "Cem"))
    events = [
        type(e)(e.seq, e.time, e.who, e.kind, {**e.data, **{k: HOSTILE for k in ("title", "task", "question", "page") if k in e.data}})
        for e in events
    ]  # fmt: skip
    safe, text = Elements(page()), report_html(class_report(events, records)).decode()
    found = Elements(text)
    assert sorted(found.tags) == sorted(safe.tags)  # nobody's name made an element
    assert not [name for name, _ in found.attributes if name.startswith("on")]
    assert "alert(1)" in text
    assert data(text)["members"][0]["nickname"] == HOSTILE


def test_nothing_is_fetched() -> None:
    text = page()
    assert not re.search(r"(src|href)\s*=|@import|url\(|https?://(?!www\.w3\.org/2000/svg)", text)
    assert "default-src 'none'" in text


def test_an_empty_class_and_one_without_runs_have_a_page() -> None:
    assert "Nothing happened in it." in report_html(class_report([], {})).decode()
    events, _ = hour()
    assert "Nobody" not in report_html(class_report(events[:2], {})).decode()
    assert "not evaluated" in report_html(class_report(events, {})).decode()


def test_a_hundred_runs_make_a_file_that_can_be_sent() -> None:
    text = page(tuple(f"Student {i}" for i in range(100)))
    assert text.count("<svg") >= 101
    assert len(text) < 3_000_000


def test_the_leaderboard_stands_there_only_if_it_was_on() -> None:
    assert "<h3>Leaderboard</h3>" in page()
    assert "<h3>Leaderboard</h3>" not in page(leaderboard=False)


def test_votes_that_were_not_revealed_are_not_in_the_file() -> None:
    text = page()
    told, kept = data(text)["polls"]
    assert told["counts"] == [1, 1, 1]
    assert (kept["counts"], kept["right"], kept["answered"]) == (None, None, None)
    assert "1 answer, not revealed." in text
    assert "(right)" in text


@pytest.mark.parametrize(("lost", "spike"), [(True, False), (False, True)])
def test_pictures_show_what_went_wrong(lost: bool, spike: bool) -> None:
    from dataclasses import asdict

    run = asdict(record("one", 0, 0.3, lost=lost, spike=spike))
    points = loss_points(run, Scale.of([run]))
    picture = svg(points, [], "words")
    assert (">NaN<" in picture) == lost
    beyond = re.search(r'class="beyond" d="([^"]*)"', picture)
    assert beyond
    assert bool(beyond[1]) == spike
    assert all(0 <= y <= HEIGHT for _, _, y, _ in points if y is not None)
    assert sum(y is None for _, _, y, _ in points) == int(lost)


def test_one_run_that_explodes_does_not_flatten_the_others() -> None:
    calm = {"loss": {"value": [2.0, 1.0, 0.5], "step": [1, 2, 3], "time": [1, 2, 3]}, "total_steps": 3}
    wild = {"loss": {"value": [2.0, 1e30, math.nan], "step": [1, 2, 3], "time": [1, 2, 3]}, "total_steps": 3}
    heights = [y for _, _, y, _ in loss_points(calm, Scale.of([calm, wild])) if y is not None]
    assert max(heights) - min(heights) > HEIGHT / 4
    assert Scale.of([]).place(0.5)[0] == HEIGHT / 2
    flat = {"loss": {"value": [0.0, 0.0], "step": [1, 2], "time": [1, 2]}, "total_steps": 2}
    assert len(loss_points(flat, Scale.of([flat]))) == 2
