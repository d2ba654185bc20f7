"""Attacks on the door: guessing, storms, odd forms."""

from __future__ import annotations

import logging

import pytest

from app.classroom.access import COOKIE
from app.classroom.door import JOINS_AT_ONCE, LONGEST_FORM, TRIES_AT_ONCE
from core.classroom.room import MOST_MEMBERS
from tests.app.class_for_tests import Building


def test_two_hundred_joins_at_once_are_bounded_logged_and_nobody_is_lost(
    school: Building, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "gradclinic.class")
    answers = [school.post("/join", {"code": school.room.code, "nickname": f"Eve {n}"}).status_code for n in range(200)]
    assert answers.count(303) == MOST_MEMBERS - 2
    assert answers.count(429) >= 200 - JOINS_AT_ONCE - 10  # a few come back while the test runs
    assert len(school.room.state.present) == MOST_MEMBERS
    assert sum("refused" in record.message for record in caplog.records) == 200 - (MOST_MEMBERS - 2)
    for cookie in (school.ann, school.bob, school.teacher):
        assert school.get("/class", cookie).status_code == 200


def test_wrong_codes_run_out_and_members_and_teacher_still_come_in(school: Building) -> None:
    wrong = [
        school.post("/join", {"code": f"AAAA{n:04}", "nickname": f"Eve {n}"}).status_code
        for n in range(TRIES_AT_ONCE + 20)
    ]
    assert wrong[:TRIES_AT_ONCE] == [403] * TRIES_AT_ONCE
    assert wrong.count(429) >= 15
    assert school.post("/join", {"code": school.room.code, "nickname": "Late"}).status_code == 429
    assert school.get("/class", school.ann).status_code == 200
    key = school.room.new_teacher_key()
    assert school.post("/teach", {"key": key}).status_code == 303  # a student's guesses don't shut the teacher out
    assert len(school.room.state.members) == 2


def test_the_teachers_key_can_not_be_guessed_at_speed(school: Building, caplog: pytest.LogCaptureFixture) -> None:
    answers = [school.post("/teach", {"key": f"guess-{n}"}) for n in range(TRIES_AT_ONCE + 20)]
    assert {answer.status_code for answer in answers} == {403, 429}
    assert all(COOKIE not in answer.cookies for answer in answers)
    assert sum("refused" in record.message for record in caplog.records) == TRIES_AT_ONCE + 20
    assert not any(
        "guess-" in record.message for record in caplog.records
    )  # keys are not written down, wrong ones neither


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"key=" + b"x" * LONGEST_FORM, "application/x-www-form-urlencoded"),
        (b"code=%ED%A0%80&nickname=%00%FF&key=%ED%A0%80", "application/x-www-form-urlencoded"),
        (b"&".join(b"a=b" for _ in range(900)), "application/x-www-form-urlencoded"),
        (b"\xff\xfe\x00", "application/x-www-form-urlencoded"),
        (b"", "application/x-www-form-urlencoded"),
        (
            b'--x\r\nContent-Disposition: form-data; name="key"\r\n\r\n+2AA-\r\n--x--\r\n',
            "multipart/form-data; charset=utf-7; boundary=x",
        ),
        (b'{"key": 1}', "application/json"),
        (b"key=x", ""),
    ],
)
def test_odd_forms_are_refused_with_a_page(school: Building, content: bytes, kind: str) -> None:
    for address in ("/join", "/teach"):
        answer = school.client.post(address, content=content, headers={"content-type": kind} if kind else {})
        assert answer.status_code == 403, address
        assert "<h1>" in answer.text
    assert len(school.room.state.members) == 2


@pytest.mark.parametrize("length", ["x", "-5", "1e3", "9" * 30])
def test_a_length_that_is_none_is_refused(school: Building, length: str) -> None:
    headers = {"content-length": length, "content-type": "application/x-www-form-urlencoded"}
    assert school.client.post("/join", content=iter([b"code=x"]), headers=headers).status_code == 403


@pytest.mark.parametrize("typed", ['"><script>alert(1)</script>', "' onfocus='alert(1)", "</title><b>"])
def test_what_is_typed_is_shown_again_as_text(school: Building, typed: str) -> None:
    shown = school.post("/join", {"code": typed, "nickname": typed}).text + school.get("/join?code=" + typed).text
    assert typed not in shown
    assert "<script>alert" not in shown
    assert "onfocus='" not in shown


def test_a_nickname_with_a_script_is_kept_without_it(school: Building) -> None:
    answer = school.post("/join", {"code": school.room.code, "nickname": "<img src=x onerror=alert(1)>"})
    name = school.visitor(answer.cookies[COOKIE]).nickname
    assert not set("<>&\"'") & set(name)


def test_cookies_are_for_the_server_alone_and_secure_behind_tls(school: Building) -> None:
    plain = school.post("/join", {"code": school.room.code, "nickname": "Cem"}).headers["set-cookie"].lower()
    assert "httponly" in plain
    assert "samesite=lax" in plain
    assert "secure" not in plain
    school.client.base_url = "https://localhost:8501"  # as uvicorn sees it behind a proxy of this machine
    form = {"code": school.room.code, "nickname": "Dora"}
    assert "; secure" in school.post("/join", form).headers["set-cookie"].lower()


def test_nothing_of_the_door_is_kept_by_browsers_and_leaving_takes_a_press(school: Building) -> None:
    for address in ("/join", "/teach"):
        assert school.get(address).headers["cache-control"] == "no-store"
    assert school.client.get("/leave", headers={"cookie": f"{COOKIE}={school.ann}"}).json()["who"] == "student"
    left = school.post("/leave", {}, cookie=f"{COOKIE}={school.ann}")
    assert 'gradclinic_class=""' in left.headers["set-cookie"]


def test_the_door_knows_who_is_in_and_who_was(school: Building) -> None:
    assert "You are in as <b>Ann</b>" in school.get("/join", school.ann).text
    assert "You are in as <b>the teacher</b>" in school.get("/join", school.teacher).text
    assert not any(words in school.get("/join").text for words in ("You are in as", "any more"))
    school.room.kick(school.room.visitor(school.teacher), school.room.visitor(school.ann).id)
    assert "You are not in this class any more." in school.get("/join", school.ann).text
