"""Attacks on the streams: the teacher's view sent by a student, runs of others over the live feed."""

from __future__ import annotations

import gzip
import logging
from typing import Any

import orjson
import pytest
from starlette.websockets import WebSocketDisconnect

from app.classroom.news import news_for
from app.classroom.stream import MAX_MESSAGE, MESSAGES_A_SECOND
from core.classroom.events import ClassState
from core.classroom.visitors import TEACHING
from core.recipe.codec import parse_recipe, to_document
from tests.app.class_for_tests import Building
from tests.synthetic_run import SyntheticRun


def received(socket: Any) -> dict[str, Any]:
    frame = socket.receive_bytes()
    found: dict[str, Any] = orjson.loads(gzip.decompress(frame) if frame[:2] == b"\x1f\x8b" else frame)
    return found


def subscribe(socket: Any, *runs: str) -> None:
    socket.send_text(orjson.dumps({"subscribe": runs}).decode())


def test_the_teachers_view_comes_to_students_while_something_is_shown(school: Building) -> None:
    school.room.show(TEACHING, "run", {})
    with (
        school.connected("/api/class", school.ann) as student,
        school.connected("/api/class", school.teacher) as teacher,
    ):
        assert received(student)["news"] == news_for(school.visitor(school.ann), school.room.state)
        received(teacher)
        teacher.send_text('{"view": {"x": [1, 2]}}')
        assert received(student)["view"] == {"x": [1, 2]}


@pytest.mark.parametrize("text", ['{"view": {"x": 1}}', "{}", "no json", '{"freeze": true}', "[" * 5_000])
def test_a_student_who_sends_anything_is_refused_and_nobody_sees_it(
    school: Building, text: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING, "gradclinic.class")
    school.room.show(TEACHING, "run", {})
    with school.connected("/api/class", school.bob) as other, school.connected("/api/class", school.ann) as student:
        assert "view" not in received(other)
        received(student)
        student.send_text(text)
        with pytest.raises(WebSocketDisconnect):
            student.receive_bytes()
        school.room.hide(TEACHING)
        assert "view" not in received(other)
    assert school.stream.view == {}
    assert len(text) > MAX_MESSAGE or any("refused" in record.message for record in caplog.records)


@pytest.mark.parametrize("text", ["x" * (MAX_MESSAGE + 1), '{"view": 1}', '{"view": ' + "[" * 2_000])
def test_what_is_no_view_closes_even_the_teachers_stream(school: Building, text: str) -> None:
    with school.connected("/api/class", school.teacher) as teacher:
        received(teacher)
        teacher.send_text(text)
        with pytest.raises(WebSocketDisconnect):
            teacher.receive_bytes()


def test_a_flood_of_views_closes_the_stream(school: Building) -> None:
    with school.connected("/api/class", school.teacher) as teacher:
        received(teacher)
        for _ in range(MESSAGES_A_SECOND + 20):
            teacher.send_text('{"view": {}}')
        with pytest.raises(WebSocketDisconnect):
            teacher.receive_bytes()


def test_another_students_run_does_not_exist_on_the_live_feed(school: Building) -> None:
    bobs = SyntheticRun(school.workspace(school.bob), "secret name")
    bobs.append(50)
    for run in (bobs.run.id, SyntheticRun(school.held.home, "teachers").run.id):
        with school.connected("/api/live", school.ann) as socket:
            subscribe(socket, run)
            found = received(socket)
            assert found["type"] == "gone"
            assert "secret" not in str(found).replace(run, "")
    with school.connected("/api/live", school.bob) as socket:
        subscribe(socket, bobs.run.id)
        assert received(socket)["step"] == 50


def test_a_run_that_is_shown_is_seen_until_it_is_hidden(school: Building) -> None:
    made = SyntheticRun(school.held.home, "teachers")
    made.append(50)
    school.room.show(TEACHING, "run", {"run": made.run.id}, [made.run.id])
    with school.connected("/api/live", school.ann) as socket:
        subscribe(socket, made.run.id)
        assert received(socket)["step"] == 50
        school.room.hide(TEACHING)
        assert received(socket)["type"] == "gone"
        made.append(50)
        made.finish()
        subscribe(socket, made.run.id)


def test_the_same_id_in_two_workspaces_is_two_runs(school: Building) -> None:
    mine = SyntheticRun(school.workspace(school.ann), "mine")
    mine.append(10)
    theirs = school.workspace(school.bob).runs_folder / mine.run.id
    theirs.mkdir(parents=True)
    (theirs / "recipe.json").write_text('{"name": "bobs"}')
    for cookie, name in ((school.bob, "bobs"), (school.ann, "mine")):
        with school.connected("/api/live", cookie) as socket:
            subscribe(socket, mine.run.id)
            assert received(socket)["type"] == ("snapshot" if name == "mine" else "status")


def test_news_tells_nothing_but_that_there_is_some(school: Building) -> None:
    poll = school.room.ask(TEACHING, "Q", ["a", "b"], right=1)
    before = {cookie: news_for(school.visitor(cookie), school.room.state) for cookie in (school.ann, school.bob)}
    school.room.vote(school.visitor(school.bob), poll, 1)
    assert news_for(school.visitor(school.ann), school.room.state) == before[school.ann]
    assert all(len(text) == 12 for text in before.values())
    assert news_for(TEACHING, ClassState()) != before[school.ann]


def test_the_leaderboard_comes_to_students_by_itself_and_only_while_it_is_on(
    school: Building, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.classroom.board.SECONDS", 0.02)
    monkeypatch.setattr("core.classroom.standings.FRESH_SECONDS", 0.0)
    recipe = to_document(parse_recipe({}))
    school.room.give(TEACHING, "Find a rate", "", recipe, [])
    with (
        school.connected("/api/class", school.ann) as ann,
        school.connected("/api/class", school.teacher) as teacher,
    ):
        assert "board" not in received(ann)
        assert "board" not in received(teacher)
        made = SyntheticRun(school.workspace(school.bob), "secret name", 60, recipe=recipe, nan=None, spike=None)
        made.append(60, metrics={"val_loss": 0.5})
        school.room.leaderboard(TEACHING, True)
        found: dict[str, Any] = {}
        while "board" not in found:
            found = received(ann)
        assert found["board"]["rows"] == []
        made.append(500)
        made.finish()
        found = received(ann)
        assert [name for name, _ in found["board"]["rows"]] == ["Bob"]
        assert "secret" not in str(found)
        assert school.visitor(school.bob).id not in str(found)
        school.room.leaderboard(TEACHING, False)
        assert "board" not in received(ann)
