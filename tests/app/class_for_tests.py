"""A class behind its gate, with every kind of address, for the attack tests."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from concurrent.futures import CancelledError
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient
from starlette.websockets import WebSocket, WebSocketDisconnect

from app.classroom import access
from app.classroom.access import COOKIE
from app.classroom.board import board_of
from app.classroom.door import door_routes
from app.classroom.gate import Gate, visitor_of
from app.classroom.stream import ClassStream, stream_routes
from app.live.routes import routes
from core.classroom.room import Classroom
from core.classroom.visitors import Visitor
from core.classroom.workspaces import ClassWorkspaces
from core.runtime.feed import Hub
from core.store.workspace import Workspace

BASE = "http://localhost:8501"
PAGE = {"accept": "text/html"}
SITE = {"host": "localhost:8501", "origin": BASE}


@dataclass
class Building:
    """The class, the gate before it, and cookies of those in it."""

    client: TestClient
    held: ClassWorkspaces
    gate: Gate
    stream: ClassStream
    ann: str
    bob: str
    teacher: str

    @property
    def room(self) -> Classroom:
        """The class."""
        return self.held.room

    def visitor(self, cookie: str) -> Visitor:
        """Who a cookie stands for."""
        return self.room.visitor(cookie)

    def workspace(self, cookie: str) -> Workspace:
        """The workspace of whoever has a cookie."""
        return self.held.of(self.visitor(cookie))

    def get(self, path: str, cookie: str = "", **headers: str) -> Any:
        """What an address answers."""
        return self.client.get(path, headers=with_cookie(cookie, headers), follow_redirects=False)

    def post(self, path: str, form: dict[str, str], **headers: str) -> Any:
        """What a form gets."""
        return self.client.post(path, data=form, headers=headers, follow_redirects=False)

    @contextmanager
    def connected(self, path: str, cookie: str = "", **headers: str) -> Iterator[Any]:
        """A WebSocket. On a busy machine the test client may cancel the route before it has seen the close."""
        session = self.client.websocket_connect(path, headers=with_cookie(cookie, {**SITE, **headers}))
        socket = session.__enter__()
        try:
            yield socket
        finally:
            with suppress(CancelledError):
                session.__exit__(None, None, None)

    def refused(self, path: str, cookie: str = "", **headers: str) -> int:
        """The code with which a WebSocket is closed before it opens."""
        with pytest.raises(WebSocketDisconnect) as closed, self.connected(path, cookie, **headers):
            pass
        return closed.value.code


def with_cookie(cookie: str, headers: dict[str, str]) -> dict[str, str]:
    """Headers with a class cookie."""
    return {**headers, **({"cookie": f"{COOKIE}={cookie}"} if cookie else {})}


@contextmanager
def building(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> Iterator[Building]:
    """Ann, Bob and their teacher in a class whose other addresses are stand-ins for Streamlit's."""
    room = Classroom(workspace.home / "classes" / "one")
    held, hub, stream = (
        ClassWorkspaces(room, workspace),
        Hub(workspace, tick=0.02),
        ClassStream(room, lambda: board_of(held)),
    )
    monkeypatch.setattr(access, "the_class", lambda: held)
    monkeypatch.setattr("app.live.routes.the_class", lambda: held)
    monkeypatch.setattr("app.classroom.requests.is_host_allowed", lambda host: host.split(":")[0] == "localhost")

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        hub.start()
        leave = room.listen(lambda state: hub.recheck())
        yield
        leave()
        await hub.stop()

    others = [
        Route("/{path:path}", _served, methods=["GET", "PUT", "POST", "DELETE"]),
        WebSocketRoute("/_stcore/stream", _echo),
    ]
    served = [*routes(hub), *door_routes(room), *stream_routes(stream), *others]
    gate = Gate(Starlette(routes=served, lifespan=lifespan), room)
    ann, bob = (room.join(room.code, name)[1] for name in ("Ann", "Bob"))
    teacher = room.teacher_cookie(room.new_teacher_key())
    assert teacher is not None
    with TestClient(gate, base_url=BASE) as client:
        yield Building(client, held, gate, stream, ann, bob, teacher)
    room.close()


async def _served(request: Request) -> Response:
    return JSONResponse({"who": visitor_of(request.scope).role, "cookies": dict(request.cookies)})


async def _echo(socket: WebSocket) -> None:
    await socket.accept()
    try:
        while True:
            await socket.send_text(await socket.receive_text())
    except WebSocketDisconnect:
        return
