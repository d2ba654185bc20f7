"""The gate before every address while a class is open: no cookie, no page, no stream, no file.

It stands before Streamlit's own routes as well as ours, so nothing can be reached beside it.
"""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from app.classroom.access import COOKIE
from app.classroom.requests import cookies, fault, headers_of, with_cookies
from app.classroom.shares import MOST_CONNECTIONS, UPLOADS, Uploads
from app.live.assets import base_path
from core.classroom.events import ClassState
from core.classroom.room import Classroom
from core.classroom.visitors import NOBODY, OWNER, Visitor

Message = MutableMapping[str, Any]
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

VISITOR = "gradclinic.visitor"
OPEN = ("/join", "/teach", "/leave", "/_stcore/health")
SENT_OUT = 4403
HEADERS = [
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"same-origin"),
]
log = logging.getLogger("gradclinic.class")


def visitor_of(scope: Scope) -> Visitor:
    """Who the gate let in for this request; OWNER where no class is open."""
    found = scope.get(VISITOR, OWNER)
    assert isinstance(found, Visitor)
    return found


class Gate:
    """ASGI middleware; without a class it lets everything pass unchanged."""

    def __init__(self, app: App, room: Classroom | None) -> None:
        self.app, self.room, self.uploads = app, room, Uploads()
        self._connections: dict[str, set[Callable[[], None]]] = defaultdict(set)
        if room is not None:
            room.listen(self._send_out)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through, or refuse it."""
        if self.room is None or scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        headers, path = headers_of(scope), scope["path"].removeprefix(base_path())
        if found := fault(scope, headers, path):
            log.warning("refused with %d: %s for the host %r", found[0], path[:80], headers.get(b"host"))
            await _refuse(scope, send, *found)
            return
        kept = cookies(headers.get(b"cookie", b""))
        visitor = self.room.visitor(kept.get(COOKIE))
        if visitor is NOBODY and path not in OPEN:
            await self._turn_away(scope, headers, send)
            return
        scope[VISITOR], scope["headers"] = visitor, with_cookies(scope["headers"], kept)
        if scope["type"] == "websocket":
            await self._connected(scope, receive, send, visitor)
        elif (found := self._too_much(scope, headers, path, visitor)) is not None:
            log.warning("refused with %d: an upload of %s", found[0], visitor.id)
            await _refuse(scope, send, *found)
        else:
            await self.app(scope, receive, _with_headers(send))

    def _too_much(
        self, scope: Scope, headers: dict[bytes, bytes], path: str, visitor: Visitor
    ) -> tuple[int, str] | None:
        if scope["method"] != "PUT" or not path.startswith(UPLOADS) or not visitor.learns:
            return None
        return self.uploads.refuses(visitor.id, path, headers.get(b"content-length", b"").decode("latin-1"))

    async def _turn_away(self, scope: Scope, headers: dict[bytes, bytes], send: Send) -> None:
        wants_page = (
            scope["type"] == "http" and scope["method"] == "GET" and b"text/html" in headers.get(b"accept", b"")
        )
        if wants_page:
            await _answer(send, 303, "", [(b"location", f"{base_path()}/join".encode())])
        else:
            await _refuse(scope, send, 401, "Join the class first.")

    async def _connected(self, scope: Scope, receive: Receive, send: Send, visitor: Visitor) -> None:
        """Keep hold of a WebSocket, so that it can be closed when its member is sent out."""
        if visitor.learns and len(self._connections[visitor.id]) >= MOST_CONNECTIONS:
            log.warning("refused: %s has %d connections", visitor.id, MOST_CONNECTIONS)
            await _refuse(scope, send, 429, "You have too many pages open; close some.")
            return
        loop, closed = asyncio.get_running_loop(), False

        async def guarded(message: Message) -> None:
            if not closed:
                await send(message)

        async def close() -> None:
            nonlocal closed
            if not closed:
                closed = True
                await send({"type": "websocket.close", "code": SENT_OUT, "reason": "You were sent out of the class."})

        def end() -> None:
            asyncio.run_coroutine_threadsafe(close(), loop)

        self._connections[visitor.id].add(end)
        assert self.room is not None
        member = self.room.state.members.get(visitor.id)
        if member is not None and member.kicked:  # meanwhile, in another thread
            end()
        try:
            await self.app(scope, receive, guarded)
        finally:
            self._connections[visitor.id].discard(end)

    def _send_out(self, state: ClassState) -> None:
        for member in state.members.values():
            if member.kicked:
                for end in list(self._connections.pop(member.id, ())):
                    end()

    def connected(self) -> set[str]:
        """Ids of those who have a page open."""
        return {who for who, ends in list(self._connections.items()) if ends}


def _with_headers(send: Send) -> Send:
    async def wrapped(message: Message) -> None:
        if message["type"] == "http.response.start":
            known = {name.lower() for name, _ in message.get("headers", [])}
            extra = [header for header in HEADERS if header[0] not in known]
            message = {**message, "headers": [*message.get("headers", []), *extra]}
        await send(message)

    return wrapped


async def _refuse(scope: Scope, send: Send, status: int, text: str) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 4000 + status, "reason": text})
    else:
        await _answer(send, status, text, [])


async def _answer(send: Send, status: int, text: str, headers: list[tuple[bytes, bytes]]) -> None:
    kind = [(b"content-type", b"text/plain; charset=utf-8"), *HEADERS, *headers]
    await send({"type": "http.response.start", "status": status, "headers": kind})
    await send({"type": "http.response.body", "body": text.encode()})
