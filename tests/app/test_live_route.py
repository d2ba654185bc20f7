"""The live route from outside: what it sends, and what it refuses."""

from __future__ import annotations

import gzip
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import CancelledError
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import Any

import orjson
import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from app.live.assets import plotly_asset, script_asset
from app.live.routes import BadMessage, read_message, routes, same_origin
from core.runtime.feed import MAX_SUBSCRIPTIONS, Hub
from core.store.workspace import Workspace
from tests.synthetic_run import SyntheticRun

HOST = {"host": "localhost:8501"}


@pytest.fixture
def client(workspace: Workspace) -> Any:
    hub = Hub(workspace, tick=0.02)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        hub.start()
        yield
        await hub.stop()

    with TestClient(Starlette(routes=routes(hub), lifespan=lifespan), base_url="http://localhost:8501") as found:
        yield found


@contextmanager
def connected(client: Any, **headers: str) -> Iterator[Any]:
    """A connection to the live route. On a busy machine the test client may cancel the route before it has seen the close."""
    session = client.websocket_connect("/api/live", headers={**HOST, **headers})
    socket = session.__enter__()
    try:
        yield socket
    finally:
        with suppress(CancelledError):
            session.__exit__(None, None, None)


def received(socket: Any) -> dict[str, Any]:
    frame = socket.receive_bytes()
    found: dict[str, Any] = orjson.loads(gzip.decompress(frame) if frame[:2] == b"\x1f\x8b" else frame)
    return found


def test_a_page_subscribes_and_follows(client: Any, workspace: Workspace) -> None:
    made = SyntheticRun(workspace)
    made.append(300)
    with connected(client, origin="http://localhost:8501") as socket:
        socket.send_text(orjson.dumps({"subscribe": [made.run.id]}).decode())
        first = received(socket)
        assert (first["type"], first["step"], first["run"]) == ("snapshot", 300, made.run.id)
        made.append(50)
        assert received(socket)["step"] == 350


@pytest.mark.parametrize("origin", ["http://evil.example", "https://localhost:9999", "null"])
def test_other_sites_are_refused(client: Any, origin: str) -> None:
    with pytest.raises(WebSocketDisconnect), client.websocket_connect("/api/live", headers={**HOST, "origin": origin}):
        pass


def test_origins() -> None:
    assert same_origin("http://localhost:8501", "localhost:8501")
    assert same_origin(None, "localhost:8501")
    assert not same_origin("http://localhost:8502", "localhost:8501")
    assert not same_origin("http://localhost:8501", None)


@pytest.mark.parametrize(
    "text",
    [
        "no json",
        "[]",
        '{"subscribe": "x"}',
        '{"subscribe": ["../../etc/passwd"]}',
        '{"subscribe": [1]}',
        '{"since": [1]}',
        '{"refresh": ["A B"]}',
        orjson.dumps({"subscribe": [f"run-{i}" for i in range(MAX_SUBSCRIPTIONS + 1)]}).decode(),
    ],
)
def test_messages_that_make_no_sense_close_the_connection(client: Any, text: str) -> None:
    with pytest.raises(BadMessage):
        read_message(text)
    with connected(client) as socket:
        socket.send_text(text)
        with pytest.raises(WebSocketDisconnect):
            socket.receive_bytes()


def test_long_and_frequent_messages_close_the_connection(client: Any) -> None:
    with connected(client) as socket:
        socket.send_text("x" * 10_000)
        with pytest.raises(WebSocketDisconnect):
            socket.receive_bytes()
    with connected(client) as socket:
        for _ in range(60):
            socket.send_text('{"refresh": []}')
        with pytest.raises(WebSocketDisconnect):
            socket.receive_bytes()


def test_scripts_are_served_compressed_and_for_good(client: Any) -> None:
    for asset in (plotly_asset(), script_asset()):
        answer = client.get(f"/assets/{asset.name}", headers={"accept-encoding": "gzip"})
        assert answer.status_code == 200
        assert answer.headers["content-encoding"] == "gzip"
        assert "immutable" in answer.headers["cache-control"]
        assert answer.content == asset.body
    assert client.get("/assets/../server.py").status_code == 404
    assert client.get("/assets/plotly-0.0.0.min.js").status_code == 404


def test_routes_only_read(client: Any) -> None:
    assert client.post(f"/assets/{plotly_asset().name}").status_code == 405
