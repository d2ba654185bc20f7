"""The live hub: it polls the viewed runs and sends the same bytes of each to every viewer.

A viewer is only a position in each run's ring of frames, so there is no queue that could grow: one that falls behind the
ring, or comes back too late, gets a fresh snapshot.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from core.errors import UnknownRun
from core.runtime.run_feed import Feed
from core.store.workspace import Workspace

TICK_SECONDS = 0.5
GRACE_SECONDS = 30.0
MAX_SUBSCRIPTIONS = 12
MAX_VIEWERS = 400

log = logging.getLogger(__name__)


class Viewer:
    """One connection: which runs of its workspace it follows, and how far it has come in each."""

    def __init__(self, hub: Hub, workspace: Workspace) -> None:
        self.hub, self.workspace = hub, workspace
        self.wake = asyncio.Event()
        self.positions: dict[str, str] = {}
        self.feeds: dict[str, Feed] = {}
        self.snapshots = 0

    def subscribe(self, run_ids: list[str], since: dict[str, str] | None = None) -> None:
        """Follow exactly these runs; `since` holds the last sequence id seen of each, to resume from there."""
        wanted = list(dict.fromkeys(run_ids))[:MAX_SUBSCRIPTIONS]
        for run_id in set(self.positions) - set(wanted):
            self._leave(run_id)
        for run_id in wanted:
            if run_id not in self.positions:
                self._join(run_id, (since or {}).get(run_id, ""))
        self.wake.set()

    def recheck(self) -> None:
        """Look again at what its workspace has, after runs were lent to it or taken back."""
        for run_id in list(self.positions):
            if self.hub.feed_of(self.workspace, run_id) is not self.feeds[run_id]:
                self._leave(run_id)
                self._join(run_id, "")
        self.wake.set()

    def _join(self, run_id: str, position: str) -> None:
        self.positions[run_id] = position
        self.feeds[run_id] = self.hub.feed_of(self.workspace, run_id)
        self.feeds[run_id].viewers.add(self)

    def _leave(self, run_id: str) -> None:
        self.hub.leave(self, self.feeds.pop(run_id))
        del self.positions[run_id]

    def refresh(self, run_ids: list[str]) -> None:
        """Ask for a fresh snapshot of runs that are followed."""
        for run_id in run_ids:
            if run_id in self.positions:
                self.positions[run_id] = ""
        self.wake.set()

    async def frames(self) -> AsyncIterator[bytes]:
        """Frames as they come. While the consumer is busy nothing is stored for it."""
        while True:
            await self.wake.wait()
            self.wake.clear()
            for run_id in list(self.positions):
                async for frame in self._due(run_id):
                    yield frame

    async def _due(self, run_id: str) -> AsyncIterator[bytes]:
        while run_id in self.positions:
            feed = self.feeds[run_id]
            generation, _, seq = self.positions[run_id].partition("-")
            ahead = feed.after(int(seq)) if generation == feed.generation and seq.isdigit() else None
            if ahead is None:
                async with feed.lock:
                    ahead = [await self.hub.in_thread(feed.opening)]
                self.snapshots += 1
            if not ahead or self.feeds.get(run_id) is not feed:
                return
            self.positions[run_id] = f"{feed.generation}-{ahead[0][0]}"
            yield ahead[0][1]


class Hub:
    """Polls the viewed runs and wakes their viewers. Use on one event loop; reading happens in two threads.

    A viewer sees what its own workspace has; runs of the same folder are read and encoded once for all of them.
    """

    def __init__(self, workspace: Workspace, *, tick: float = TICK_SECONDS) -> None:
        self.workspace, self.tick = workspace, tick
        self.feeds: dict[Path, Feed] = {}
        self.viewers: set[Viewer] = set()
        self._task: asyncio.Task[None] | None = None
        self._polls: dict[Path, asyncio.Task[None]] = {}
        self._threads = ThreadPoolExecutor(2, "live-feed")

    def start(self) -> None:
        """Begin polling, in the running event loop."""
        self._task = asyncio.create_task(self._run(), name="live-feed")

    async def stop(self) -> None:
        """End polling and close every reader."""
        tasks = [task for task in (self._task, *self._polls.values()) if task]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._threads.shutdown(wait=True)
        for feed in self.feeds.values():
            feed.close()

    def connect(self, workspace: Workspace | None = None) -> Viewer | None:
        """A new viewer of a workspace (default: the hub's), or None when there are MAX_VIEWERS already."""
        if len(self.viewers) >= MAX_VIEWERS:
            return None
        viewer = Viewer(self, workspace or self.workspace)
        self.viewers.add(viewer)
        return viewer

    def disconnect(self, viewer: Viewer) -> None:
        """Forget a viewer."""
        viewer.subscribe([])
        self.viewers.discard(viewer)

    def recheck(self) -> None:
        """Let every viewer look again at what its workspace has."""
        for viewer in list(self.viewers):
            viewer.recheck()

    def feed_of(self, workspace: Workspace, run_id: str) -> Feed:
        """The feed of a run as `workspace` has it; of an unknown one a feed that says so."""
        try:
            folder = workspace.run(run_id).path
        except UnknownRun:
            folder = workspace.runs_folder / run_id
        if folder not in self.feeds:
            self.feeds[folder] = Feed(Workspace(folder.parent.parent), run_id)
        return self.feeds[folder]

    def leave(self, viewer: Viewer, feed: Feed) -> None:
        """Count `viewer` no more among those of `feed`; what was read of the run is kept a little longer."""
        feed.viewers.discard(viewer)
        feed.left_at = time.monotonic()
        if not feed.viewers and feed.empty and not feed.lock.locked():  # unknown runs are not remembered
            self.feeds.pop(feed.workspace.runs_folder / feed.run_id, None)

    async def in_thread(self, function: Any, *args: Any) -> Any:
        """Run a blocking function in one of the hub's threads."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, function, *args)

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        due = loop.time()
        while True:
            for folder, feed in list(self.feeds.items()):
                busy = self._polls.get(folder)
                if busy and not busy.done():
                    continue
                if feed.viewers:
                    self._polls[folder] = asyncio.create_task(self._poll(feed))
                elif time.monotonic() - feed.left_at > GRACE_SECONDS:
                    feed.close()
                    del self.feeds[folder]
                    self._polls.pop(folder, None)
            due = max(due + self.tick, loop.time())
            await asyncio.sleep(due - loop.time())

    async def _poll(self, feed: Feed) -> None:
        try:
            async with feed.lock:
                news = await self.in_thread(feed.poll)
        except Exception:
            log.exception("The live feed could not read run %s; it is tried again.", feed.run_id)
            return
        if news:
            for viewer in feed.viewers:
                viewer.wake.set()
