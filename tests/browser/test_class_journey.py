"""A class of one teacher and two students in real browsers: from joining to a restart of the server in the middle of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from core.classroom.events import ClassState, after
from core.classroom.journal import Journal
from tools.classroom import ClassServer, class_serving

pytestmark = pytest.mark.browser
WAIT = 60_000


@dataclass
class Seat:
    """One browser in the class."""

    page: Any

    def heading(self, name: str) -> None:
        """Wait until a page of that name is there."""
        self.page.locator("h1", has_text=name).first.wait_for(timeout=WAIT)

    def see(self, text: str | re.Pattern[str]) -> None:
        """Wait until some text is there."""
        self.page.get_by_text(text).first.wait_for(timeout=WAIT)

    def press(self, label: str) -> None:
        """Press a button."""
        self.page.get_by_role("button", name=label).first.click(timeout=WAIT)

    def switch(self, label: str) -> None:
        """Move a switch."""
        self.page.locator("label", has_text=label).first.click(timeout=WAIT)

    def go(self, label: str) -> None:
        """Open a page from the menu."""
        self.page.get_by_role("link", name=label, exact=True).first.click(timeout=WAIT)
        self.heading(label)


@dataclass
class Room:
    """The server, the teacher and two students."""

    server: ClassServer
    teacher: Seat
    ann: Seat
    bob: Seat

    def state(self) -> ClassState:
        """The class as it is on disk."""
        (folder,) = (self.server.home / "classes").iterdir()
        journal = Journal(folder / "class.db")
        state = ClassState()
        for event in journal.events():
            state = after(state, event)
        journal.close()
        return state


@pytest.fixture(scope="module")
def room(browser: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Room]:
    """All of them have come in, as the links say."""
    errors: list[str] = []
    contexts = [browser.new_context(viewport={"width": 1280, "height": 900}) for _ in range(3)]
    seats = [Seat(context.new_page()) for context in contexts]
    for seat in seats:
        seat.page.on("pageerror", lambda error: errors.append(str(error)))
    with class_serving(tmp_path_factory.mktemp("class") / "home") as server:
        teacher, ann, bob = seats
        teacher.page.goto(f"{server.url}/teach#{server.key}")
        teacher.heading("Class")
        for seat, name in ((ann, "Ann"), (bob, "Bob <b>")):
            seat.page.goto(f"{server.url}/join?code={server.code}")
            seat.page.get_by_label("Nickname").fill(name)
            seat.press("Join")
            seat.heading("Class")
        yield Room(server, teacher, ann, bob)
        for context in contexts:
            context.close()
    assert errors == []


def test_all_are_in_and_names_are_clean(room: Room) -> None:
    assert [member.nickname for member in room.state().present] == ["Ann", "Bob b"]
    room.teacher.page.get_by_role("tab", name="Students").click()
    room.teacher.page.locator("[data-testid=stDataFrame]").first.wait_for(timeout=WAIT)


def test_students_follow_wander_off_and_come_back(room: Room) -> None:
    room.teacher.switch("Show my page to all")
    room.teacher.go("All runs")
    for seat in (room.ann, room.bob):
        seat.heading("All runs")
    room.bob.go("Errors")
    room.teacher.go("Compare")
    room.ann.heading("Compare")
    room.bob.heading("Errors")
    room.bob.press("Follow the teacher")
    room.bob.heading("Compare")


def test_screens_are_held_and_let_go(room: Room) -> None:
    room.teacher.switch("Hold all screens")
    for seat in (room.ann, room.bob):
        seat.heading("Eyes to the front")
    room.teacher.switch("Hold all screens")
    for seat in (room.ann, room.bob):
        seat.heading("Compare")
    room.teacher.switch("Show my page to all")


def test_an_exercise_is_given_trained_and_seen_on_the_wall(room: Room) -> None:
    room.teacher.go("Class")
    room.teacher.page.get_by_role("tab", name="Exercise").click()
    room.teacher.press("Give it to all")
    room.teacher.see("End this exercise")
    for seat in (room.ann, room.bob):
        seat.go("Class")
        seat.press("Train")
        seat.see(re.compile("^Your runs of this exercise$"))
    room.teacher.page.get_by_role("tab", name="Wall").click()
    tiles = room.teacher.page.locator(".gc-tile")
    tiles.nth(1).wait_for(timeout=WAIT)
    room.teacher.page.locator(".gc-tile-line").nth(1).wait_for(timeout=WAIT, state="attached")
    names = [tiles.nth(place).locator(".gc-tile-name").inner_text() for place in range(tiles.count())]
    assert names == ["Ann", "Bob b"]
    runs = room.state().runs
    assert len(runs) == 2
    assert all(run.exercise for run in runs)
    room.bob.page.goto(f"{room.server.url}/run?run={runs[0].run}")  # Ann's, by its id
    room.bob.page.locator("h1").first.wait_for(timeout=WAIT)
    assert "Ann" not in room.bob.page.locator("[data-testid=stMain]").inner_text()
    assert room.bob.page.locator(".js-plotly-plot").count() == 0


def test_a_poll_is_answered_and_shown_to_all_at_once(room: Room) -> None:
    room.teacher.page.get_by_role("tab", name="Poll").click()
    room.teacher.page.get_by_label("Question", exact=True).fill("Who wins?")
    room.teacher.page.get_by_label(re.compile("Answers, one a line")).fill("SGD\nAdam")
    room.teacher.page.keyboard.press("Control+Enter")
    room.teacher.press("Ask all")
    for seat, answer in ((room.ann, "SGD"), (room.bob, "Adam")):
        seat.page.goto(f"{room.server.url}/class")
        seat.see("Who wins?")
        seat.page.locator("[data-testid=stRadio] label", has_text=answer).click(timeout=WAIT)
        seat.see("Your answer is in")
    room.teacher.see("2 of 2 have answered")
    room.teacher.press("Reveal to all")
    for seat in (room.ann, room.bob):
        seat.see("your answer")
    (poll,) = room.state().polls.values()
    assert poll.counts() == [1, 1]


def test_the_class_goes_on_after_the_server_was_killed(room: Room) -> None:
    before = room.state()
    room.server.kill()
    room.server.start()
    for seat in (room.ann, room.bob):  # nobody reloads
        seat.page.locator("[data-testid=stStatusWidget]").wait_for(state="hidden", timeout=WAIT)
    room.teacher.switch("Show my page to all")
    room.teacher.go("All runs")
    for seat in (room.ann, room.bob):
        seat.heading("All runs")
    now = room.state()
    assert now.members == before.members
    assert now.runs == before.runs
    room.teacher.switch("Show my page to all")


def test_who_is_sent_out_is_out(room: Room) -> None:
    room.teacher.go("Class")
    room.teacher.page.get_by_role("tab", name="Students").click()
    room.teacher.page.get_by_label("Student", exact=True).first.click(timeout=WAIT)
    room.teacher.page.get_by_role("option", name="Bob b").click(timeout=WAIT)
    room.teacher.press("Send out")
    room.teacher.press("Send out for good")
    room.teacher.see("Sent out: Bob")
    room.bob.page.get_by_label("Nickname").wait_for(timeout=WAIT)  # the door, by itself
    room.ann.page.goto(f"{room.server.url}/class")
    room.ann.heading("Class")
