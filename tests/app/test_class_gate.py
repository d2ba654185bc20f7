"""Attacks on the gate: without a cookie, with a bad one, from elsewhere, too much of something."""

from __future__ import annotations

import threading
import time
from contextlib import ExitStack
from typing import Any

import pytest
from starlette.websockets import WebSocketDisconnect

from app.classroom import shares
from app.classroom.access import COOKIE
from app.classroom.requests import CLOSED, cookies
from app.classroom.shares import MOST_CONNECTIONS, MOST_UPLOADED, Uploads
from app.live.assets import plotly_asset
from core.classroom.keys import Signer, secret_of
from core.classroom.visitors import TEACHING
from tests.app.class_for_tests import BASE, PAGE, Building

ADDRESSES = (
    "/",
    "/class",
    "/run?run=20260101-000000-x-aaaaaa",
    "/_stcore/host-config",
    "/_stcore/upload_file/0/0",
    "/media/0123456789.csv",
    "/component/app.components.live_charts/index.html",
    "/_stcore/bidi-components/class_link/x.js",
    f"/assets/{plotly_asset().name}",
    "/static/js/index.js",
    "//join",
    "/join/",
    "/join/../class",
    "/teach/x",
)
SOCKETS = ("/_stcore/stream", "/api/live", "/api/class")


def bad_cookies(school: Building) -> dict[str, str]:
    member = school.visitor(school.bob).id
    school.room.kick(TEACHING, member)
    return {
        "none": "",
        "forged": Signer(b"x" * 32, 3600).sign("teacher"),
        "changed": school.ann[:-1] + ("A" if school.ann[-1] != "A" else "B"),
        "unsigned": "teacher",
        "of nobody": Signer(secret_of(school.room.folder), 3600).sign("0123456789ab"),
        "kicked": school.bob,
    }


@pytest.mark.parametrize("kind", ["none", "forged", "changed", "unsigned", "of nobody", "kicked"])
def test_without_a_good_cookie_nothing_is_served(school: Building, kind: str) -> None:
    cookie = bad_cookies(school)[kind]
    for address in ADDRESSES:
        assert school.get(address, cookie).status_code == 401, address
        page = school.get(address, cookie, **PAGE)
        assert (page.status_code, page.headers["location"]) == (303, "/join"), address
    for method in ("PUT", "POST", "DELETE"):
        assert school.client.request(method, "/_stcore/upload_file/s/f", content=b"x").status_code == 401
    for socket in SOCKETS:
        school.refused(socket, cookie)
    assert school.get("/class", school.ann).json()["who"] == "student"  # and the others are not disturbed


def test_an_expired_cookie_opens_nothing(school: Building) -> None:
    assert school.get("/class", school.ann).status_code == 200
    school.room._signer = Signer(school.room.secret, -1)
    assert school.get("/class", school.ann).status_code == 401
    assert school.get("/class", school.teacher).status_code == 401
    school.refused("/_stcore/stream", school.ann)


@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example", "", "localhost@evil.example"])
def test_another_name_for_the_server_is_refused(school: Building, host: str) -> None:
    assert school.get("/class", school.ann, host=host).status_code == 400
    assert school.get("/join", host=host).status_code == 400
    school.refused("/api/class", school.ann, host=host)


@pytest.mark.parametrize("origin", ["http://evil.example", "http://localhost:9999", "null", "http://[", "file://"])
def test_another_sites_page_may_neither_connect_nor_send(school: Building, origin: str) -> None:
    for socket in SOCKETS:
        school.refused(socket, school.ann, origin=origin)
    form = {"code": school.room.code, "nickname": "Eve", "key": "x"}
    for address in ("/join", "/teach", "/leave"):
        assert school.post(address, form, origin=origin).status_code == 403
    put = school.client.put("/_stcore/upload_file/s/f", headers={"origin": origin, "cookie": f"{COOKIE}={school.ann}"})
    assert put.status_code == 403
    assert len(school.room.state.members) == 2


def test_what_a_class_does_not_need_is_closed_even_to_the_teacher(school: Building) -> None:
    for address in CLOSED:
        for path in (address, f"{address}/openapi.json"):
            assert school.get(path, school.teacher).status_code == 404
    assert school.get("/author", school.ann).status_code == 200


def test_every_answer_forbids_frames_and_guessing_of_types(school: Building) -> None:
    for answer in (school.get("/class", school.ann), school.get("/class"), school.get("/join")):
        assert answer.headers["x-frame-options"] == "DENY"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "same-origin"


def test_a_huge_cookie_takes_no_time_and_opens_nothing(school: Building) -> None:
    begun = time.process_time()
    for value in ('"' + "\\" * 60_000, "a" * 60_000, "; ".join(f"{COOKIE}{n}=x" for n in range(3_000))):
        assert school.get("/class", cookie=value).status_code == 401
    slow = time.process_time() - begun
    begun = time.process_time()
    for _ in range(3):
        assert school.get("/class", cookie="x").status_code == 401
    assert slow < 1.0 + 20 * (time.process_time() - begun)  # Python's own parser takes half a minute for the first


def test_only_this_servers_cookies_go_on(school: Building) -> None:
    header = f"{COOKIE}={school.ann}; jupyter=" + "\\" * 9_000 + '; _streamlit_xsrf=2|a|b|3; x=y; _streamlit_q="a\\"b"'
    seen = school.client.get("/class", headers={"cookie": header}).json()["cookies"]
    assert seen == {COOKIE: school.ann, "_streamlit_xsrf": "2|a|b|3"}
    assert cookies(b"gradclinic_class=a; gradclinic_class=b")["gradclinic_class"] == "a"
    assert cookies(b"gradclinic_class=\xff\x00; =; ;;") == {}


def test_a_kicked_students_connections_are_closed_within_a_second(school: Building) -> None:
    member = school.visitor(school.bob).id
    with (
        school.connected("/_stcore/stream", school.bob) as socket,
        school.connected("/_stcore/stream", school.ann) as other,
    ):
        socket.send_text("there")
        assert socket.receive_text() == "there"
        begun = time.monotonic()
        threading.Thread(target=school.room.kick, args=(TEACHING, member)).start()
        with pytest.raises(WebSocketDisconnect) as closed:
            socket.receive_text()
        assert time.monotonic() - begun < 1
        assert closed.value.code == 4403
        other.send_text("still")
        assert other.receive_text() == "still"
    assert school.get("/class", school.bob).status_code == 401


def test_one_student_may_not_hold_all_connections(school: Building, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.classroom.gate.MOST_CONNECTIONS", 3)
    assert MOST_CONNECTIONS >= 3 * 10  # ten pages of three connections
    member = school.visitor(school.ann).id
    with ExitStack() as pages:
        for _ in range(3):
            pages.enter_context(school.connected("/_stcore/stream", school.ann))
        assert school.refused("/_stcore/stream", school.ann) == 4429
        with school.connected("/_stcore/stream", school.bob), school.connected("/api/class", school.teacher):
            pass
    assert member not in school.gate.connected()
    with school.connected("/_stcore/stream", school.ann):
        assert member in school.gate.connected()


def test_uploads_are_counted_until_the_server_lets_go_of_them() -> None:
    kept: dict[tuple[str, str], int] = {}
    bound = Uploads(lambda session, file: kept.get((session, file), 0))

    def upload(file: str, size: int) -> tuple[int, str] | None:
        refused = bound.refuses("ann", f"{shares.UPLOADS}s/{file}", str(size))
        if refused is None:
            kept[("s", file)] = size
        return refused

    third = MOST_UPLOADED // 3
    assert [upload(name, third) for name in "abc"] == [None] * 3
    refused = upload("d", third)
    assert refused is not None
    assert refused[0] == 413
    assert upload("c", third) is None  # the same one again takes its own place
    assert bound.refuses("bob", f"{shares.UPLOADS}t/a", str(third)) is None
    kept.clear()
    assert upload("d", third) is None


@pytest.mark.parametrize("length", ["", "-1", "x", "9" * 40, "²"])
def test_an_upload_that_does_not_say_how_large_it_is_is_refused(length: str) -> None:
    refused = Uploads(lambda session, file: 0).refuses("ann", f"{shares.UPLOADS}s/f", length)
    assert refused is not None
    assert refused[0] == 411


def test_an_oversized_upload_never_reaches_the_server(school: Building, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.classroom.shares.MOST_UPLOADED", 1_000)
    headers = {"cookie": f"{COOKIE}={school.ann}", "origin": BASE}
    for content, status in ((b"x" * 900, 200), (b"x" * 1_001, 413), (iter([b"x" * 900]), 411)):
        answer = school.client.put("/_stcore/upload_file/s/f", content=content, headers=headers)
        assert answer.status_code == status
    teachers = {**headers, "cookie": f"{COOKIE}={school.teacher}"}
    assert school.client.put("/_stcore/upload_file/s/f", content=b"x" * 1_001, headers=teachers).status_code == 200


def test_without_a_class_everything_passes_unchanged() -> None:
    from starlette.testclient import TestClient

    from app.classroom.gate import Gate

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": dict(scope["headers"])[b"cookie"]})

    assert TestClient(Gate(app, None)).get("/_stcore/metrics", headers={"cookie": "other=1"}).text == "other=1"
