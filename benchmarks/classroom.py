"""A class under load: a real server, thirty students who join, follow the teacher's page and its live run, and press Train.

Everything is on one machine, the students' side included, so the figures are on the safe side. The live feed's latency is
from the moment at which the server made a frame (its `time`) to the moment at which a student has it; how old the rows in
it were then is at most the time between two commits and one tick of the feed (0.5 s each). The baseline is the same class
with one student.

    python -m benchmarks.classroom --students 60 --minutes 10
"""

from __future__ import annotations

import argparse
import asyncio
import gzip
import os
import platform
import statistics
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
import orjson
import psutil

from benchmarks.class_memory import histories, memory_of, tell_memory
from core.classroom.limits import ClassLimits
from core.classroom.room import Classroom
from core.classroom.visitors import TEACHING
from core.classroom.workspaces import ClassWorkspaces
from core.recipe.codec import parse_recipe
from core.runtime import jobs
from core.runtime.queue import Queue
from core.store.status import run_status
from core.store.workspace import Run, Workspace
from tools.classroom import ClassServer, Page, class_serving, connect, joined, page_of, teaching

JOIN_SECONDS = 5.0
VIEW_SECONDS = 0.25
MEMORY_SECONDS = 5.0
BASELINE_SECONDS = 10.0
TRAINED = {"data": {"key": "digits"}, "model": {"depth": 4, "width": 64}, "train": {"epochs": 100_000}}
SMALL = {"data": {"key": "digits", "limit": 200}, "model": {"depth": 1, "width": 8}, "train": {"epochs": 2}}


@dataclass
class Heard:
    """What the students heard, in seconds."""

    live: list[float] = field(default_factory=list)
    views: list[float] = field(default_factory=list)
    followed: list[float] = field(default_factory=list)
    teacher: list[float] = field(default_factory=list)
    joins: list[float] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)


class Crowd:
    """The students of one measurement: each with a page, a class stream and a live feed of its own."""

    def __init__(self, server: ClassServer, runs: Sequence[Run]) -> None:
        self.server, self.runs, self.heard = server, runs, Heard()
        self.shown_at = 0.0
        self.measuring = self.hidden = False
        self._jobs: list[asyncio.Task[None]] = []
        self._open = AsyncExitStack()

    async def come(self, names: Sequence[str]) -> None:
        """All join within JOIN_SECONDS, then open their pages and streams."""
        async with httpx2.AsyncClient(timeout=60, limits=httpx2.Limits(max_connections=100)) as client:

            async def join(number: int, name: str) -> str:
                await asyncio.sleep(JOIN_SECONDS * number / len(names))
                begun = time.monotonic()
                cookie = await joined(client, self.server, name)
                self.heard.joins.append(time.monotonic() - begun)
                return cookie

            cookies = await asyncio.gather(*(join(number, name) for number, name in enumerate(names)))
        await asyncio.gather(*(self._sit_down(name, cookie) for name, cookie in zip(names, cookies, strict=True)))

    async def _sit_down(self, name: str, cookie: str) -> None:
        page = await self._open.enter_async_context(page_of(self.server, cookie))
        await page.draw("home")
        for path, follow in (("/api/class", self._follow), ("/api/live", self._watch)):
            socket = await self._open.enter_async_context(connect(self.server, path, cookie, compression=None))
            self._jobs.append(asyncio.create_task(follow(socket, name, page)))

    async def _follow(self, socket: Any, name: str, page: Page) -> None:
        """The class stream: draw the page anew on news, note how old a view is."""
        drawing: asyncio.Task[None] | None = None
        known = ""
        async for frame in socket:
            now, found = time.time(), orjson.loads(frame)
            if self.measuring and "view" in found:
                self.heard.views.append(now - found["view"]["sent"])
            if known and found.get("news", known) != known:
                drawing = asyncio.create_task(self._arrive(page, drawing))
            known = found.get("news", known)

    async def _arrive(self, page: Page, before: asyncio.Task[None] | None) -> None:
        if before is not None:
            await before
        await page.draw()
        if self.shown_at and not self.hidden:
            self.heard.followed.append(time.monotonic() - self.shown_at)

    async def _watch(self, socket: Any, name: str, page: Page) -> None:
        """The live feed: every run of the page, as its charts subscribe."""
        while not self.shown_at:
            await asyncio.sleep(0.02)
        await asyncio.sleep(0.2)  # a page subscribes once it is drawn, when the runs are lent to it
        await socket.send(orjson.dumps({"subscribe": [run.id for run in self.runs]}).decode())
        async for frame in socket:
            now = time.time()
            document = orjson.loads(gzip.decompress(frame) if frame[:2] == b"\x1f\x8b" else frame)
            if self.measuring and document["type"] == "delta":
                self.heard.live.append(now - document["time"])
                key = f"{name} {document['run']}"
                self.heard.counts[key] = self.heard.counts.get(key, 0) + 1

    async def go(self) -> None:
        """All leave."""
        for job in self._jobs:
            job.cancel()
        await asyncio.gather(*self._jobs, return_exceptions=True)
        await self._open.aclose()


class Teacher:
    """The teacher's page and stream."""

    def __init__(self, server: ClassServer, cookie: str) -> None:
        self.server, self.cookie = server, cookie

    async def show(self, crowd: Crowd, seconds: float, memory: list[tuple[float, float, float]]) -> None:
        """Show a page with the runs for so long, and move its view all the time."""
        query = "runs=" + ",".join(run.id for run in crowd.runs)
        async with page_of(self.server, self.cookie) as page, connect(self.server, "/api/class", self.cookie) as stream:
            await page.draw("home")
            crowd.shown_at = time.monotonic()
            await page.draw("compare", query, Show_my_page_to_all=True)
            crowd.heard.teacher.append(time.monotonic() - crowd.shown_at)
            while len(crowd.heard.followed) < len(crowd.heard.joins):
                await asyncio.sleep(0.05)
            await asyncio.sleep(2.0)
            crowd.measuring, end = True, time.monotonic() + seconds
            due = 0.0
            while (now := time.monotonic()) < end:
                await stream.send(orjson.dumps({"view": {"sent": time.time()}}).decode())
                if now >= due:
                    due = now + MEMORY_SECONDS
                    memory.append((seconds - (end - now), *await asyncio.to_thread(memory_of, self.server)))
                await asyncio.sleep(VIEW_SECONDS)
            crowd.measuring, crowd.hidden = False, True
            await page.draw("home", "", Show_my_page_to_all=False)


async def lesson(
    server: ClassServer, runs: Sequence[Run], students: int, seconds: float
) -> list[tuple[float, float, float]]:
    """Measure one student, then all; returns the server's memory over the time with all."""
    async with httpx2.AsyncClient(timeout=60) as client:
        teacher = Teacher(server, await teaching(client, server))
    memory: list[tuple[float, float, float]] = []
    means: dict[int, float] = {}
    for number, time_ in ((1, BASELINE_SECONDS), (students, seconds)):
        crowd, process = Crowd(server, runs), server.server()
        await crowd.come([f"Student {number} {one}" for one in range(number)])
        before, begun = process.cpu_times(), time.monotonic()
        memory.clear()
        await teacher.show(crowd, time_, memory)
        after, took = process.cpu_times(), time.monotonic() - begun
        cpu = (after.user + after.system - before.user - before.system) / took
        means[number] = tell(crowd.heard, number, time_, len(runs), cpu)
        await crowd.go()
    print(f"ratio of the mean latency, {students} students against 1: {means[students] / means[1]:.2f}")
    return memory


def tell(heard: Heard, students: int, seconds: float, runs: int, cpu: float) -> float:
    """Print what they heard; returns the mean latency of the live feed."""
    slowest = min(heard.counts.values(), default=0) / seconds
    usual = sum(heard.counts.values()) / max(1, len(heard.counts)) / seconds
    print(
        f"\n{students} student{'s' * (students > 1)}, {seconds:g} s, {runs} runs in training; server {100 * cpu:.0f} % of a core"
    )
    print(f"  joined over HTTP               {spread(heard.joins)}")
    print(f"  teacher's own page drawn after {spread(heard.teacher)}")
    print(f"  all pages are the teacher's    {spread(heard.followed)}")
    print(f"  live feed: frame to student    {spread(heard.live)}")
    print(
        f"  updates of each run a second   mean {usual:.2f}, slowest student {slowest:.2f} (of {len(heard.counts)} student x run)"
    )
    print(f"  teacher's view to student      {spread(heard.views)}", flush=True)
    return statistics.mean(heard.live)


def spread(seconds: Sequence[float]) -> str:
    """Median, 95th percentile and largest of some times."""
    if len(seconds) < 2:
        return f"{1000 * seconds[0]:6.0f} ms (n=1)" if seconds else "none"
    cut = statistics.quantiles(seconds, n=20, method="inclusive")[-1]
    return f"p50 {1000 * statistics.median(seconds):6.0f} ms, p95 {1000 * cut:6.0f} ms, max {1000 * max(seconds):6.0f} ms (n={len(seconds):,})"


def presses(students: int) -> None:
    """All press Train three times at once, in one process as the app does it: each press a run, each run once, in turns."""
    with tempfile.TemporaryDirectory() as folder:
        home = Workspace(Path(folder))
        room = Classroom(home.home / "class")
        room.set_limits(TEACHING, ClassLimits(queued=2))
        everyone = ClassWorkspaces(room, home)
        visitors = [room.visitor(room.join(room.code, f"Student {number}")[1]) for number in range(students)]
        barrier = threading.Barrier(students)

        def press(visitor: Any) -> list[float]:
            took = []
            for turn in range(3):
                barrier.wait()
                begun = time.monotonic()
                for _ in range(2):  # a double click
                    jobs.start(everyone.of(visitor), parse_recipe(SMALL), key=f"press-{turn}")
                took.append(time.monotonic() - begun)
            return took

        with ThreadPoolExecutor(students) as pool:
            times = [one for took in pool.map(press, visitors) for one in took]
        waiting = Queue(home.queue_folder).waiting()
        runs = [run.id for visitor in visitors for run in everyone.of_member(visitor.id).runs()]
        rounds = [
            len({one.owner for one in waiting[start : start + students]}) for start in range(0, len(waiting), students)
        ]
        once = max(Counter(one.run_id for one in waiting).values())
        room.close()
    print(f"\n{students} students press Train at once, three times, each with a double click:")
    print(
        f"  {len(runs)} runs made, {len(waiting)} wait, each {once} time; different students in each round of {students}: {rounds}"
    )
    print(f"  one press took {spread(times)}")
    assert len(runs) == len(waiting) == 3 * students
    assert (once, set(rounds)) == (1, {students})


def training(home: Path, name: str) -> Run:
    """A run of the teacher that trains longer than the benchmark."""
    run = jobs.start(Workspace(home), parse_recipe({**TRAINED, "name": name}))
    while run_status(run).state.get("step", 0) < 100:
        time.sleep(0.1)
    return run


def main() -> None:
    """Run all of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--students", type=int, default=int(os.environ.get("BENCH_VIEWERS", "30")))
    parser.add_argument("--minutes", type=float, default=1 / 3)
    options = parser.parse_args()
    print(f"{platform.machine()}, {os.cpu_count()} cores, load before {os.getloadavg()[0]:.1f}")
    presses(options.students)
    with tempfile.TemporaryDirectory() as home, class_serving(Path(home)) as server:
        runs = [training(server.home, name) for name in ("One", "Two")]
        psutil.cpu_percent()
        memory = asyncio.run(lesson(server, runs, options.students, 60 * options.minutes))
        trained = [run_status(run).state["step"] for run in runs]
        tell_memory(memory, histories(runs))
    print(
        f"  the runs came to step {trained}; machine {psutil.cpu_percent():.0f} % busy, load {os.getloadavg()[0]:.1f}"
    )


if __name__ == "__main__":
    main()
