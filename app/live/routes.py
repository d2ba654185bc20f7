"""The routes beside Streamlit's own: the live feed as a WebSocket, and the script files. All of them only read."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Iterable

import orjson
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect
from streamlit.web.server.starlette.starlette_websocket import is_host_allowed

from app.classroom.access import the_class
from app.classroom.gate import visitor_of
from app.classroom.requests import is_own_origin
from app.live.assets import base_path, plotly_asset, script_asset, theatre_asset
from core.classroom.visitors import Visitor
from core.runtime.feed import MAX_SUBSCRIPTIONS, Hub, Viewer
from core.store.workspace import RUN_ID, Workspace

MAX_MESSAGE = 8_192
MESSAGES_PER_10_SECONDS = 40
SEND_SECONDS = 30.0
REFUSED, TOO_BIG, BAD_MESSAGE, BUSY = 1008, 1009, 1007, 1013
IMMUTABLE = {"Cache-Control": "public, max-age=31536000, immutable", "X-Content-Type-Options": "nosniff"}


def same_origin(origin: str | None, host: str | None) -> bool:
    """Whether a WebSocket request comes from a page of this very server (or not from a browser at all)."""
    return bool(host) and is_host_allowed(host) and is_own_origin(origin, str(host))


class BadMessage(Exception):
    """A viewer sent something that is not understood; the text is the reason for closing."""


def read_message(text: str) -> tuple[list[str] | None, dict[str, str], list[str]]:
    """Check a viewer's message: (run ids to follow or None, last sequence ids, run ids to refresh).

    Raises:
        BadMessage: when it is not of the form {"subscribe": [ids], "since": {id: seq}} or {"refresh": [ids]}.
    """
    try:
        found = orjson.loads(text)
    except orjson.JSONDecodeError:
        raise BadMessage("The message is not JSON.") from None
    if not isinstance(found, dict):
        raise BadMessage("The message is not an object.")
    ids = found.get("subscribe")
    refresh = found.get("refresh", [])
    since = found.get("since") or {}
    for listed in (ids if ids is not None else [], refresh):
        if not isinstance(listed, list) or not all(isinstance(i, str) and RUN_ID.fullmatch(i) for i in listed):
            raise BadMessage("Run ids are lists of names like 20250131-120000-demo-1a2b3c.")
        if len(listed) > MAX_SUBSCRIPTIONS:
            raise BadMessage(f"At most {MAX_SUBSCRIPTIONS} runs can be followed on one connection.")
    if not isinstance(since, dict) or not all(isinstance(v, str) and len(v) < 64 for v in since.values()):
        raise BadMessage("since maps run ids to sequence ids.")
    return ids, since, refresh


async def _receive(socket: WebSocket, viewer: Viewer) -> None:
    recent: list[float] = []
    while True:
        text = await socket.receive_text()
        now = time.monotonic()
        recent = [moment for moment in recent if now - moment < 10] + [now]
        if len(text) > MAX_MESSAGE:
            await socket.close(TOO_BIG, f"Messages are at most {MAX_MESSAGE} characters.")
            return
        if len(recent) > MESSAGES_PER_10_SECONDS:
            await socket.close(REFUSED, "Too many messages; wait ten seconds.")
            return
        try:
            ids, since, refresh = read_message(text)
        except BadMessage as problem:
            await socket.close(BAD_MESSAGE, str(problem))
            return
        if ids is not None:
            viewer.subscribe(ids, since)
        if refresh:
            viewer.refresh(refresh)


async def _send(socket: WebSocket, viewer: Viewer) -> None:
    async for frame in viewer.frames():
        await asyncio.wait_for(socket.send_bytes(frame), SEND_SECONDS)


def workspace_of(visitor: Visitor) -> Workspace:
    """The workspace whose runs a connection may follow."""
    found = the_class()
    return Workspace() if found is None else found.of(visitor)


def live_route(hub: Hub) -> WebSocketRoute:
    """The WebSocket through which a page follows its runs."""

    async def live(socket: WebSocket) -> None:
        if not same_origin(socket.headers.get("origin"), socket.headers.get("host")):
            await socket.close(REFUSED)
            return
        await socket.accept()
        viewer = hub.connect(workspace_of(visitor_of(socket.scope)))
        if viewer is None:
            await socket.close(BUSY, "Too many viewers; try again later.")
            return
        jobs: Iterable[asyncio.Task[None]] = [
            asyncio.create_task(_receive(socket, viewer)),
            asyncio.create_task(_send(socket, viewer)),
        ]
        try:
            await asyncio.wait(jobs, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for job in jobs:
                job.cancel()
            found = await asyncio.gather(*jobs, return_exceptions=True)
            hub.disconnect(viewer)
            if any(isinstance(error, TimeoutError) for error in found):
                with contextlib.suppress(RuntimeError, WebSocketDisconnect, OSError):
                    await socket.close(BUSY, "The connection is too slow.")

    return WebSocketRoute(f"{base_path()}/api/live", live)


async def _asset(request: Request) -> Response:
    name = request.path_params["name"]
    for asset in (plotly_asset(), script_asset(), theatre_asset()):
        if name == asset.name:
            if "gzip" in request.headers.get("accept-encoding", ""):
                headers = IMMUTABLE | {"Content-Encoding": "gzip", "Vary": "Accept-Encoding"}
                return Response(asset.packed, headers=headers, media_type="text/javascript")
            return Response(asset.body, headers=IMMUTABLE, media_type="text/javascript")
    return PlainTextResponse("There is no such file; reload the page.", 404)


def routes(hub: Hub) -> list[BaseRoute]:
    """All routes of the live path."""
    return [live_route(hub), Route(f"{base_path()}/assets/{{name}}", _asset, methods=["GET"])]
