"""The way back into a class for a student who lost the cookie: /back takes a student's pass, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from app.classroom.access import COOKIE
from app.classroom.door import TRIES_AT_ONCE, door_routes
from app.classroom.gate import Gate
from core.classroom.room import Classroom
from core.classroom.visitors import TEACHING


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Classroom]:
    """A class."""
    made = Classroom(tmp_path / "class")
    yield made
    made.close()


@pytest.fixture
def browser(room: Classroom, monkeypatch: pytest.MonkeyPatch) -> TestClient:
    """A browser before the door of the class, without a cookie."""
    monkeypatch.setattr("app.classroom.requests.is_host_allowed", lambda host: True)
    app = Gate(Starlette(routes=door_routes(room)), room)
    return TestClient(app, base_url="http://localhost", follow_redirects=False)


def test_a_pass_from_the_teacher_is_the_cookie_of_that_student(room: Classroom, browser: TestClient) -> None:
    ann, _ = room.join(room.code, "Ann")
    page = browser.get("/back")
    assert page.status_code == 200
    assert 'action="/back"' in page.text
    let_in = browser.post("/back", data={"key": room.cookie_of(TEACHING, ann.id)})
    assert (let_in.status_code, let_in.headers["location"]) == (303, "/class")
    assert room.visitor(let_in.cookies[COOKIE]).id == ann.id
    assert "httponly" in let_in.headers["set-cookie"].lower()


def test_nothing_but_a_students_pass_opens_it(room: Classroom, browser: TestClient) -> None:
    ann, _ = room.join(room.code, "Ann")
    good = room.cookie_of(TEACHING, ann.id)
    teachers = room.teacher_cookie(room.new_teacher_key())
    room.kick(TEACHING, ann.id)
    for wrong in ("", "forged", good[:-2], good, teachers):
        refused = browser.post("/back", data={"key": wrong})
        assert refused.status_code == 403, wrong
        assert COOKIE not in refused.cookies


def test_wrong_passes_are_counted(room: Classroom, browser: TestClient) -> None:
    found = [browser.post("/back", data={"key": "x"}).status_code for _ in range(TRIES_AT_ONCE + 1)]
    assert found == [403] * TRIES_AT_ONCE + [429]


def test_a_form_of_another_site_does_not_count(room: Classroom, browser: TestClient) -> None:
    ann, _ = room.join(room.code, "Ann")
    data, elsewhere = {"key": room.cookie_of(TEACHING, ann.id)}, {"Origin": "http://evil.example"}
    assert browser.post("/back", data=data, headers=elsewhere).status_code == 403
