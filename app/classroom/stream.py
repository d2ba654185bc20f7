"""The stream of a class: tells every page when there is news for it, hands the teacher's view and the leaderboard on.

Pages act on news through Streamlit (a rerun, in which all is checked); the stream itself changes nothing but what is on a
screen. Only the teacher's connection may send a view.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import orjson
from starlette.routing import BaseRoute, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from app.classroom.board import Board, BoardWatch
from app.classroom.gate import visitor_of
from app.classroom.news import news_for
from app.live.assets import base_path
from app.live.routes import REFUSED, TOO_BIG, same_origin
from core.classroom.events import ClassState
from core.classroom.room import Classroom
from core.classroom.visitors import Visitor

MAX_MESSAGE = 4_096
MESSAGES_A_SECOND = 20
SEND_SECONDS = 30.0
log = logging.getLogger("gradclinic.class")


@dataclass(eq=False)
class Listener:
    """One open page: who it is, what it was told last, and what it has yet to be told."""

    visitor: Visitor
    told: str = ""
    view: dict[str, Any] | None = None
    board: Board | None = None
    wake: asyncio.Event = field(default_factory=asyncio.Event)


class ClassStream:
    """All open pages of a class. Use on one event loop; changes of the class may come from any thread."""

    def __init__(self, room: Classroom, board: Callable[[], Board | None] = lambda: None) -> None:
        """`board` works the leaderboard out; None while there is none to be seen."""
        self.room = room
        self.board = BoardWatch(board, self._somebody_learns, self._hand_board)
        self.listeners: set[Listener] = set()
        self.view: dict[str, Any] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        room.listen(self._changed)

    def _changed(self, state: ClassState) -> None:
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._wake_all, state)

    def _wake_all(self, state: ClassState) -> None:
        if state.shown is None:
            self.view = {}
        for listener in self.listeners:
            listener.wake.set()

    def hand_on(self, view: dict[str, Any]) -> None:
        """Let every student's page take this view; only the newest counts."""
        self.view = view
        for listener in self.listeners:
            if listener.visitor.learns:
                listener.view = view
                listener.wake.set()

    def _somebody_learns(self) -> bool:
        return any(listener.visitor.learns for listener in self.listeners)

    def _hand_board(self, board: Board) -> None:
        for listener in self.listeners:
            if listener.visitor.learns:
                listener.board = board
                listener.wake.set()

    async def serve(self, socket: WebSocket) -> None:
        """One connection."""
        visitor = visitor_of(socket.scope)
        if not same_origin(socket.headers.get("origin"), socket.headers.get("host")):
            await socket.close(REFUSED)
            return
        await socket.accept()
        self._loop = asyncio.get_running_loop()
        listener = Listener(visitor, view=self.view or None, board=self.board.newest if visitor.learns else None)
        listener.wake.set()
        self.listeners.add(listener)
        self.board.begin()
        jobs = [asyncio.create_task(self._receive(socket, listener)), asyncio.create_task(self._send(socket, listener))]
        try:
            await asyncio.wait(jobs, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self.listeners.discard(listener)
            if visitor.teaches and self.view.get("pointer"):
                self.hand_on({**self.view, "pointer": None})  # a hand that is gone points at nothing
            for job in jobs:
                job.cancel()
            await asyncio.gather(*jobs, return_exceptions=True)
            with contextlib.suppress(RuntimeError, WebSocketDisconnect, OSError):
                await socket.close()

    async def _send(self, socket: WebSocket, listener: Listener) -> None:
        while True:
            await listener.wake.wait()
            listener.wake.clear()
            message: dict[str, Any] = {}
            news = news_for(listener.visitor, self.room.state)
            if news != listener.told:
                message["news"] = listener.told = news
            if listener.view is not None:
                message["view"], listener.view = listener.view, None
            if listener.board is not None and self.room.state.leaderboard:
                message["board"], listener.board = listener.board, None
            if message:
                await asyncio.wait_for(socket.send_bytes(orjson.dumps(message)), SEND_SECONDS)

    async def _receive(self, socket: WebSocket, listener: Listener) -> None:
        recent: list[float] = []
        while True:
            text = await socket.receive_text()
            now = time.monotonic()
            recent = [moment for moment in recent if now - moment < 1] + [now]
            if len(text) > MAX_MESSAGE or len(recent) > MESSAGES_A_SECOND:
                await socket.close(TOO_BIG, "Too much at once.")
                return
            view = _view(text)
            if view is None or not listener.visitor.teaches:
                log.warning("refused: a message from %s", listener.visitor.id)
                await socket.close(REFUSED, "Only the teacher's page may send its view.")
                return
            if self.room.state.shown is not None:
                self.hand_on(view)


def _view(text: str) -> dict[str, Any] | None:
    """The view in a message {"view": {...}}; None for anything else."""
    try:
        found = orjson.loads(text)
    except orjson.JSONDecodeError:
        return None
    view = found.get("view") if isinstance(found, dict) else None
    return view if isinstance(view, dict) else None


def stream_routes(stream: ClassStream) -> list[BaseRoute]:
    """The route of the stream."""
    return [WebSocketRoute(f"{base_path()}/api/class", stream.serve)]
