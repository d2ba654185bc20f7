"""A class whose server is killed in the middle: when everybody is back, who they are then, and what became of the runs.

Thirty students look at the teacher's two runs in training and press Train, each once. The server is killed (SIGKILL) and
started again; every student's page, class stream and live feed comes back by the law of its own script: class_link.js,
30_stream.js, and Streamlit's page (0.5 s, doubled up to 30 s, up to 30 % less). The students' side runs on the same
machine.

    python -m benchmarks.class_restart --students 30
"""

from __future__ import annotations

import argparse
import asyncio
import gzip
import os
import platform
import random
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
import orjson
import psutil
import websockets

from benchmarks.classroom import spread, training
from core.classroom.room import Classroom
from core.runtime.queue import Queue
from core.store.status import run_status
from core.store.workspace import Run, Workspace
from tools.classroom import ClassServer, class_serving, connect, joined, page_of, teaching, until

DOWN_SECONDS = 3.0
PATIENCE = 240.0
CPU_SECONDS = 1.0


def link_wait(tries: int) -> float:
    """Seconds before class_link.js tries again."""
    return (0.5, 1.0, 2.0, 4.0)[min(tries, 3)] * (1 + random.random() / 2)


def live_wait(tries: int) -> float:
    """Seconds before 30_stream.js tries again."""
    return float(min(15.0, 0.4 * 2**tries)) * (0.7 + 0.6 * random.random())


def page_wait(tries: int) -> float:
    """Seconds before Streamlit's page tries again."""
    return 0.5 if tries == 0 else float(min(30.0, 0.5 * 2**tries)) * (0.7 + 0.3 * random.random())


@dataclass
class Seat:
    """One student: a cookie, and the moment at which each connection last heard something that counts."""

    name: str
    cookie: str
    server: ClassServer
    runs: Sequence[Run]
    heard: dict[str, float] = field(default_factory=dict)
    texts: list[str] = field(default_factory=list)
    to_press: bool = True
    refused: int = 0

    def keep(self) -> list[asyncio.Task[None]]:
        """Open all connections, and open them again whenever they are gone."""
        laws: tuple[tuple[Callable[[], Any], Callable[[int], float]], ...] = (
            (self._stream, link_wait),
            (self._live, live_wait),
            (self._page, page_wait),
        )
        return [asyncio.create_task(self._keep(open_, wait)) for open_, wait in laws]

    async def _keep(self, open_: Callable[[], Any], wait: Callable[[int], float]) -> None:
        tries = 0
        while True:
            begun = time.monotonic()
            try:
                await open_()
            except (OSError, websockets.WebSocketException, TimeoutError, EOFError) as error:
                self.refused += isinstance(error, websockets.InvalidStatus)
            if self.heard.get(open_.__name__, 0.0) > begun:
                tries = 0
            await asyncio.sleep(wait(tries))
            tries += 1

    async def _stream(self) -> None:
        async with connect(self.server, "/api/class", self.cookie) as socket:
            async for _ in socket:
                self.heard["_stream"] = time.monotonic()

    async def _live(self) -> None:
        seen: set[str] = set()
        async with connect(self.server, "/api/live", self.cookie, compression=None) as socket:
            await socket.send(orjson.dumps({"subscribe": [run.id for run in self.runs]}).decode())
            async for frame in socket:
                found = orjson.loads(gzip.decompress(frame) if frame[:2] == b"\x1f\x8b" else frame)
                if found["type"] in ("snapshot", "delta"):
                    seen.add(found["run"])
                if len(seen) == len(self.runs):
                    self.heard["_live"] = time.monotonic()

    async def _page(self) -> None:
        async with page_of(self.server, self.cookie) as page:
            await page.draw("train")  # and go where the teacher is
            self.texts = list(page.texts)
            if self.to_press:
                await page.draw("train")  # off by oneself
                await page.press("Train")
                self.to_press = False
            self.heard["_page"] = time.monotonic()
            while True:
                await page.listen(3600)

    def known_as(self) -> bool:
        """Whether the page that was drawn last is this student's."""
        return any(self.name in text for text in self.texts)


async def lesson(server: ClassServer, runs: Sequence[Run], students: int) -> None:
    """All of it, printed."""
    async with httpx2.AsyncClient(timeout=120) as client:
        teacher = await teaching(client, server)
        names = [f"Student {number:02}" for number in range(students)]
        seats = [Seat(name, await joined(client, server, name), server, runs) for name in names]
    async with page_of(server, teacher) as lead:
        await lead.draw("home")
        await lead.draw("compare", "runs=" + ",".join(run.id for run in runs), Show_my_page_to_all=True)
    jobs = [job for seat in seats for job in seat.keep()]
    try:
        await _outage(server, runs, seats)
    finally:
        for job in jobs:
            job.cancel()
        await asyncio.gather(*jobs, return_exceptions=True)


async def _outage(server: ClassServer, runs: Sequence[Run], seats: Sequence[Seat]) -> None:
    await until(lambda: all({"_stream", "_live", "_page"} <= set(seat.heard) for seat in seats), PATIENCE)
    pressed = sum(not seat.to_press for seat in seats)
    await until(lambda: min(len(made(server)), len(waiting(server))) >= pressed, PATIENCE)
    order, steps = waiting(server), [run_status(run).state["step"] for run in runs]
    killed = time.monotonic()
    await asyncio.to_thread(server.kill)
    await asyncio.sleep(DOWN_SECONDS)
    for seat in seats:
        seat.texts = []
    starting = asyncio.create_task(asyncio.to_thread(server.start))
    await asyncio.wait_for(asyncio.shield(starting), PATIENCE)
    up, process, busy = time.monotonic(), server.server(), []
    went_on = [run_status(run).state["step"] - step for run, step in zip(runs, steps, strict=True)]

    def back(what: str) -> list[float]:
        return [seat.heard[what] - up for seat in seats if seat.heard.get(what, 0.0) > killed + DOWN_SECONDS]

    first: dict[tuple[str, str], float] = {}
    while time.monotonic() - up < PATIENCE:
        before = sum(process.cpu_times()[:2])
        await asyncio.sleep(CPU_SECONDS)
        busy.append((sum(process.cpu_times()[:2]) - before) / CPU_SECONDS)
        for seat in seats:
            for what, moment in seat.heard.items():
                if moment > killed + DOWN_SECONDS:
                    first.setdefault((seat.name, what), moment - up)
        if len(first) == 3 * len(seats):
            break
    print(f"\n{len(seats)} students, killed with two runs in training; down for {up - killed:.1f} s")
    for what, label in (
        ("_stream", "class streams"),
        ("_live", "live feeds, both runs"),
        ("_page", "pages drawn again"),
    ):
        times = [found for (_, one), found in first.items() if one == what]
        print(f"  {label:22} {len(times)} of {len(seats)} back; after the new server answered: {spread(times)}")
    print(f"  server's CPU while they came back: mean {100 * sum(busy) / len(busy):.0f} % of a core, largest second "
          f"{100 * max(busy):.0f} %, over {len(busy)} s; machine load {os.getloadavg()[0]:.1f}")  # fmt: skip
    same = sum(seat.known_as() for seat in seats)
    print(
        f"  the same members: {same} of {len(seats)} by name on their page; refused: {sum(seat.refused for seat in seats)}"
    )
    print(f"  runs in training went on by {went_on} steps while it was down: {[run_status(run).word for run in runs]}")
    after = made(server)
    doubled = max(Counter(after).values(), default=0)
    queue = waiting(server)
    print(f"  presses: {pressed}, runs: {len(after)} (each {doubled} time); waiting before {len(order)}, after {len(queue)}, "
          f"gone {sorted(set(order) - set(queue))}, {'in the same order' if queue == order else 'in another order'}")  # fmt: skip
    assert len(after) == pressed == len(seats)
    assert (same, doubled, min(went_on) > 0) == (len(seats), 1, True)


def made(server: ClassServer) -> list[str]:
    """Ids of all runs of students."""
    return [run.id for home in server.home.glob("classes/*/students/*") for run in Workspace(home).runs()]


def waiting(server: ClassServer) -> list[str]:
    """Ids of the runs in the queue, in order."""
    return [one.run_id for one in Queue(Workspace(server.home).queue_folder).waiting()]


def main() -> None:
    """Run it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--students", type=int, default=int(os.environ.get("BENCH_VIEWERS", "30")))
    options = parser.parse_args()
    print(f"{platform.machine()}, {psutil.cpu_count()} cores, load before {os.getloadavg()[0]:.1f}")
    with tempfile.TemporaryDirectory() as home, class_serving(Path(home)) as server:
        runs = [training(server.home, name) for name in ("One", "Two")]
        asyncio.run(lesson(server, runs, options.students))
        server.stop()
        room = Classroom(next(server.home.glob("classes/*")))
        print(f"  members in the journal: {len(room.state.members)}")
        assert len(room.state.members) == options.students
        room.close()


if __name__ == "__main__":
    main()
