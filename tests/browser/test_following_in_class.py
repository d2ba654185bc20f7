"""One teacher and one student in real browsers: zoom, layer, slider, pointer and choices arrive, and nothing of it is forced on
somebody who went off."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from app.classroom.access import CLASS_VARIABLE
from core.classroom.room import Classroom
from core.store.workspace import Run, Workspace
from tests.synthetic_run import SyntheticRun
from tools.browser import Server, serving

pytestmark = pytest.mark.browser
WAIT = 60_000
PLOT = "document.querySelector('[data-panel=loss] .js-plotly-plot')"
RANGE = f"() => {PLOT}._fullLayout.xaxis.range"


@dataclass
class Lesson:
    """A teacher's and a student's tab, and a finished run of the teacher's."""

    server: Server
    teacher: Any
    student: Any
    run: Run

    def both_at_the_run(self) -> None:
        self.teacher.goto(f"{self.server.url}/run?run={self.run.id}")
        self.teacher.wait_for_function(f"() => {PLOT}?._fullLayout", timeout=WAIT)
        if not self.teacher.get_by_role("switch", name="Show my page to all").is_checked():
            self.teacher.get_by_text("Show my page to all").click()
        self.student.wait_for_function(f"() => {PLOT}?._fullLayout", timeout=WAIT)
        for tab in (self.teacher, self.student):
            tab.locator("[data-panel=loss]").scroll_into_view_if_needed()
            tab.wait_for_function(f"() => {PLOT}.querySelector('.scatterlayer .trace')", timeout=WAIT)

    def zoom(self, tab: Any, left: int, right: int) -> list[float]:
        tab.locator("[data-panel=loss]").scroll_into_view_if_needed()
        box = tab.locator("[data-panel=loss] .nsewdrag").first.bounding_box()
        tab.mouse.move(box["x"] + left, box["y"] + 20)
        tab.mouse.down()
        tab.mouse.move(box["x"] + right, box["y"] + box["height"] - 20, steps=4)
        tab.mouse.up()
        tab.wait_for_function(f"() => {PLOT}._fullLayout.xaxis.autorange === false", timeout=WAIT)
        return list(tab.evaluate(RANGE))


@pytest.fixture(scope="module")
def lesson(browser: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lesson]:
    """A class that has begun; JavaScript errors in either tab fail the tests."""
    home = tmp_path_factory.mktemp("class") / "home"
    made = SyntheticRun(Workspace(home), "Shown", 3000, nan=None, spike=None)
    made.append(3000)
    made.finish()
    room = Classroom(home / "classes" / "one")
    key, code = room.new_teacher_key(), room.code
    room.close()  # from here on the server is the one that writes
    errors: list[str] = []
    with serving(home, {CLASS_VARIABLE: str(home / "classes" / "one")}) as server:
        tabs = []
        for width in (1280, 1000):  # two screens of different sizes
            tab = browser.new_context(viewport={"width": width, "height": 900}).new_page()
            tab.on("pageerror", lambda error: errors.append(str(error)))
            tabs.append(tab)
        teacher, student = tabs
        teacher.goto(f"{server.url}/teach#{key}")
        teacher.get_by_role("heading", name="Class").first.wait_for(timeout=WAIT)
        student.goto(f"{server.url}/join?code={code}")
        student.get_by_label("Nickname").fill("Ann")
        student.get_by_role("button", name="Join").click()
        student.get_by_role("heading", name="Class").first.wait_for(timeout=WAIT)
        yield Lesson(server, teacher, student, made.run)
        for tab in tabs:
            tab.context.close()
    assert errors == []


def test_zoom_layer_scale_and_pointer_arrive(lesson: Lesson) -> None:
    lesson.both_at_the_run()
    teacher, student = lesson.teacher, lesson.student
    left, right = lesson.zoom(teacher, 100, 300)
    student.wait_for_function(f"() => Math.abs({PLOT}._fullLayout.xaxis.range[0] - {left}) < 1", timeout=WAIT)
    assert student.evaluate(RANGE) == pytest.approx([left, right], rel=1e-4)
    teacher.get_by_role("button", name="fc3", exact=True).click()
    student.locator(".gc-layer[aria-pressed=true]", has_text="fc3").wait_for(timeout=WAIT)
    teacher.locator("[data-panel=loss]").get_by_role("radio", name="log").click()
    student.wait_for_function(f"() => {PLOT}._fullLayout.yaxis.type === 'log'", timeout=WAIT)
    teacher.get_by_role("button", name="Reset zoom").click()
    student.wait_for_function(f"() => {PLOT}._fullLayout.xaxis.autorange", timeout=WAIT)
    box = teacher.locator("[data-panel=loss] .nsewdrag").first.bounding_box()
    teacher.keyboard.down("Alt")
    teacher.mouse.move(box["x"] + 150, box["y"] + 60)
    student.locator("[data-panel=loss] .gc-spot").wait_for(timeout=WAIT)
    teacher.keyboard.up("Alt")
    student.locator(".gc-spot").wait_for(state="detached", timeout=WAIT)
    assert student.get_by_role("button", name="Train longer").count() == 0
    assert "You are looking at the teacher" in student.inner_text("body")
    kept = student.evaluate("() => JSON.parse(localStorage.getItem('gradclinic.charts') || '{}').panels?.loss?.logs")
    assert not kept, "following is not what this viewer wishes"


@pytest.mark.slow
def test_the_zoom_of_somebody_who_went_off_stays(lesson: Lesson) -> None:
    lesson.both_at_the_run()
    teacher, student = lesson.teacher, lesson.student
    student.get_by_role("link", name="Claims").click()
    student.get_by_role("button", name="Follow the teacher").wait_for(timeout=WAIT)
    student.goto(f"{lesson.server.url}/run?run={lesson.run.id}")
    student.wait_for_function(f"() => {PLOT}?.querySelector('.scatterlayer .trace')", timeout=WAIT)
    student.get_by_role("link", name="Claims").click()
    student.get_by_role("heading", name="Claims").first.wait_for(timeout=WAIT)
    student.go_back()
    student.wait_for_function(f"() => {PLOT}?.querySelector('.scatterlayer .trace')", timeout=WAIT)
    student.get_by_role("button", name="Follow the teacher").wait_for(timeout=WAIT)
    mine = lesson.zoom(student, 150, 350)
    theirs = lesson.zoom(teacher, 50, 120)
    student.wait_for_timeout(1_500)
    assert student.evaluate(RANGE) == pytest.approx(mine)
    student.get_by_role("button", name="Follow the teacher").click()
    student.wait_for_function(f"() => Math.abs({PLOT}._fullLayout.xaxis.range[0] - {theirs[0]}) < 1", timeout=WAIT)


@pytest.mark.slow
def test_the_step_and_the_picture_of_the_theatre_arrive(lesson: Lesson) -> None:
    lesson.both_at_the_run()
    teacher, student = lesson.teacher, lesson.student
    teacher.get_by_role("link", name="Loss surfaces").click()
    for tab in (teacher, student):
        tab.locator(".gc-player").wait_for(timeout=WAIT)
    teacher.get_by_role("slider", name="Step").fill("12")
    student.wait_for_function(
        "() => document.querySelector('.gc-step').textContent.startsWith('step 12 ')", timeout=WAIT
    )
    teacher.locator(".gc-actor").nth(1).click()
    student.locator(".gc-actor[aria-pressed=true]", has_text="2").wait_for(timeout=WAIT)


@pytest.mark.slow
def test_the_zoom_and_the_legend_of_a_static_figure_arrive(lesson: Lesson) -> None:
    lesson.both_at_the_run()
    teacher, student = lesson.teacher, lesson.student
    teacher.get_by_role("link", name="Signals").click()
    teacher.get_by_role("tab", name="Activations").click()
    curves = "document.querySelector('.st-key-signals-curves .js-plotly-plot')"
    for tab in (teacher, student):
        tab.wait_for_function(f"() => {curves}?._fullLayout?.xaxis", timeout=WAIT)
    teacher.locator(".st-key-signals-curves").scroll_into_view_if_needed()
    box = teacher.locator(".st-key-signals-curves .nsewdrag").first.bounding_box()
    teacher.mouse.move(box["x"] + 40, box["y"] + 20)
    teacher.mouse.down()
    teacher.mouse.move(box["x"] + 120, box["y"] + 90, steps=4)
    teacher.mouse.up()
    student.wait_for_function(f"() => {curves}._fullLayout.xaxis.autorange === false", timeout=WAIT)
    seen = f"() => {curves}._fullLayout.xaxis.range"
    assert student.evaluate(seen) == pytest.approx(teacher.evaluate(seen), rel=1e-4)
    teacher.locator(".st-key-signals-curves .legendtoggle").first.click()
    student.wait_for_function(f"() => {curves}.data[0].visible === 'legendonly'", timeout=WAIT)
    teacher.mouse.dblclick(box["x"] + 80, box["y"] + 60)
    student.wait_for_function(f"() => {curves}._fullLayout.xaxis.range[0] === -5", timeout=WAIT)


@pytest.mark.slow
def test_a_tab_that_the_teacher_opens_opens_for_all(lesson: Lesson) -> None:
    lesson.both_at_the_run()
    lesson.teacher.get_by_role("tab", name="Recipe").click()
    lesson.student.get_by_text("What differs from the defaults").wait_for(timeout=WAIT)
