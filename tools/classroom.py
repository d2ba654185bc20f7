"""A class server in a process of its own, and people in it who speak its protocol without a browser."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import psutil
import websockets

from tools.browser import ROOT, free_port

STARTUP_SECONDS = 90
COOKIE = "gradclinic_class"


class ClassServer:
    """`gradclinic class` on a free port; `start` after `kill` opens the same class again."""

    def __init__(self, home: Path) -> None:
        self.home, self.port = home, free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.code = self.key = ""
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def log(self) -> str:
        """What it printed so far."""
        path = self.home / "class.log"
        return path.read_text() if path.exists() else ""

    def start(self) -> None:
        """Start and wait until it answers.

        Raises:
            RuntimeError: with its last words, when it does not come up.
        """
        self.home.mkdir(parents=True, exist_ok=True)
        said = len(self.log)
        with (self.home / "class.log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "gradclinic", "--home", str(self.home), "class", "--port", str(self.port)],
                env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"},
                stdout=log, stderr=log, cwd=self.home, start_new_session=True,
            )  # fmt: skip
        until = time.monotonic() + STARTUP_SECONDS
        while time.monotonic() < until and self.process.poll() is None:
            if found := re.search(r"join\?code=(\w+)[\s\S]*teach#(\S+)", self.log[said:]):
                self.code, self.key = found[1], found[2]
                if self.answers():
                    return
            time.sleep(0.1)
        raise RuntimeError(self.log[said:][-2000:])

    def answers(self) -> bool:
        """Whether the server is up."""
        with (
            contextlib.suppress(OSError),
            urllib.request.urlopen(f"{self.url}/_stcore/health", timeout=2) as answer,
        ):
            return bool(answer.status == 200)
        return False

    def server(self) -> psutil.Process:
        """The process that serves: a child of the command."""
        assert self.process is not None
        children = psutil.Process(self.process.pid).children()
        return next(one for one in children if "streamlit" in one.cmdline())

    def kill(self) -> None:
        """SIGKILL to the server and the command, as if the machine's memory killer had come; trainers are left alone."""
        if self.process and self.process.poll() is None:
            with contextlib.suppress(psutil.Error, StopIteration):
                os.kill(self.server().pid, signal.SIGKILL)
            self.process.kill()
            self.process.wait()

    def stop(self) -> None:
        """Ask it to end."""
        if self.process and self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGINT)
            try:
                self.process.wait(timeout=15)
            except subprocess.TimeoutExpired:
                self.kill()


@contextlib.contextmanager
def class_serving(home: Path) -> Iterator[ClassServer]:
    """A running class that is ended in the end, with the teacher's and the students' trainers."""
    from core.runtime import jobs
    from core.store.workspace import Workspace

    found = ClassServer(home)
    try:
        found.start()
        yield found
    finally:
        found.stop()
        homes = [home, *home.glob("classes/*/students/*")]
        for run in (run for folder in homes for run in (*Workspace(folder).runs(), *Workspace(folder).races())):
            with contextlib.suppress(Exception):
                jobs.kill(run)


async def joined(client: httpx2.AsyncClient, server: ClassServer, nickname: str) -> str:
    """Join over HTTP; the cookie."""
    answer = await client.post(f"{server.url}/join", data={"code": server.code, "nickname": nickname})
    assert answer.status_code == 303, answer.text
    return answer.cookies[COOKIE]


async def teaching(client: httpx2.AsyncClient, server: ClassServer) -> str:
    """Take the teacher's place; the cookie."""
    answer = await client.post(f"{server.url}/teach", data={"key": server.key})
    assert answer.status_code == 303, answer.text
    return answer.cookies[COOKIE]


def connect(server: ClassServer, path: str, cookie: str, **options: Any) -> Any:
    """A WebSocket as a page of the server opens it."""
    return websockets.connect(
        server.url.replace("http", "ws") + path,
        additional_headers={"Cookie": f"{COOKIE}={cookie}"},
        origin=server.url,  # type: ignore[arg-type]
        max_size=2**25,
        **options,
    )


class Page:
    """A browser's Streamlit session without a browser: it draws pages and can use the switches on them."""

    def __init__(self, socket: Any) -> None:
        self._socket = socket
        self.switches: dict[str, str] = {}
        self.buttons: dict[str, str] = {}
        self.link = self.fragment = ""
        self.states: dict[str, bool] = {}
        self.texts: list[str] = []
        self.drawn = self.parts = 0
        self._hash = self._query = ""

    async def draw(self, key: str = "", query: str = "", **switches: bool) -> None:
        """Ask for page `key` with a query (default: the page one is on), after setting switches by their label, and wait
        until it is drawn.
        """
        self.states.update({self.switches[label.replace("_", " ")]: on for label, on in switches.items()})
        asked = self._asked()
        asked.rerun_script.page_name = key
        asked.rerun_script.page_script_hash = "" if key else self._hash
        asked.rerun_script.query_string = query if key else self._query
        self.texts, before = [], self.drawn
        await self._socket.send(asked.SerializeToString())
        while self.drawn == before:
            self._take(await self._socket.recv())

    async def press(self, label: str) -> None:
        """Press a button and wait for nothing."""
        asked = self._asked()
        state = asked.rerun_script.widget_states.widgets.add()
        state.id, state.trigger_value = self.buttons[label], True
        await self._socket.send(asked.SerializeToString())

    async def draw_again(self) -> None:
        """Ask for the page once more, as any widget that is moved does, and wait for nothing."""
        await self._socket.send(self._asked().SerializeToString())

    async def hear_news(self) -> None:
        """Say that there are news of the class, as the component of the page does, and wait for nothing."""
        asked = self._asked()
        asked.rerun_script.fragment_id = self.fragment
        state = asked.rerun_script.widget_states.widgets.add()
        state.id = f"$$STREAMLIT_INTERNAL_KEY_{self.link}__events"
        state.json_trigger_value = '[{"event": "news", "value": "other"}]'
        await self._socket.send(asked.SerializeToString())

    async def begun(self) -> None:
        """Wait until something of a drawing has come."""
        before = self.parts
        while self.parts == before:
            self._take(await self._socket.recv())

    async def listen(self, seconds: float) -> None:
        """Take in what is drawn for so long."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while True:
                    self._take(await self._socket.recv())

    def _asked(self) -> Any:
        from streamlit.proto.BackMsg_pb2 import BackMsg

        asked = BackMsg()
        asked.rerun_script.page_script_hash, asked.rerun_script.query_string = self._hash, self._query
        for name, on in self.states.items():
            state = asked.rerun_script.widget_states.widgets.add()
            state.id, state.bool_value = name, on
        return asked

    def _take(self, frame: bytes) -> None:
        from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

        message = ForwardMsg()
        message.ParseFromString(frame)
        kind = message.WhichOneof("type")
        self.parts += kind == "delta"
        if kind == "script_finished" and message.script_finished == ForwardMsg.FINISHED_SUCCESSFULLY:
            self.drawn += 1
        elif kind == "new_session":
            self._hash = message.new_session.page_script_hash
        elif kind == "navigation":
            self._hash = message.navigation.page_script_hash
        elif kind == "page_info_changed":
            self._query = message.page_info_changed.query_string
        elif kind == "delta" and message.delta.WhichOneof("type") == "new_element":
            element = message.delta.new_element
            shown = element.WhichOneof("type")
            if shown == "checkbox":
                self.switches[element.checkbox.label] = element.checkbox.id
            elif shown == "button":
                self.buttons[element.button.label] = element.button.id
            elif shown == "bidi_component" and element.bidi_component.component_name.endswith("class_link"):
                self.link, self.fragment = element.bidi_component.id, message.delta.fragment_id
            elif shown in ("markdown", "heading", "alert"):
                self.texts.append(getattr(element, shown).body)


@contextlib.asynccontextmanager
async def page_of(server: ClassServer, cookie: str) -> Any:
    """A Streamlit session of whoever holds `cookie`."""
    async with connect(server, "/_stcore/stream", cookie, subprotocols=["streamlit"]) as socket:
        yield Page(socket)


async def until(condition: Any, seconds: float = 30.0) -> None:
    """Wait until `condition()` holds.

    Raises:
        TimeoutError: when it does not.
    """
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.05)
