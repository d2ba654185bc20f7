"""The hub: one encoding for all viewers, resumption from a sequence id, and a word for every state of a run."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import orjson

from app.live.report import standalone_html
from core.runtime.feed import Hub, Viewer
from core.store.workspace import Workspace
from tests.synthetic_run import SyntheticRun

TICK = 0.02


def decoded(frame: bytes) -> dict[str, Any]:
    found: dict[str, Any] = orjson.loads(gzip.decompress(frame) if frame[:2] == b"\x1f\x8b" else frame)
    return found


@asynccontextmanager
async def running(workspace: Workspace) -> AsyncIterator[Hub]:
    hub = Hub(workspace, tick=TICK)
    hub.start()
    try:
        yield hub
    finally:
        await hub.stop()


async def watch(viewer: Viewer) -> asyncio.Queue[bytes]:
    queue: asyncio.Queue[bytes] = asyncio.Queue()

    async def collect() -> None:
        async for frame in viewer.frames():
            queue.put_nowait(frame)

    viewer.job = asyncio.create_task(collect())  # type: ignore[attr-defined]
    return queue


async def next_of(queue: asyncio.Queue[bytes], kind: str) -> dict[str, Any]:
    while True:
        found = decoded(await asyncio.wait_for(queue.get(), 10))
        if found["type"] == kind:
            return found


def test_snapshot_then_deltas_with_the_same_bytes_for_everyone(workspace: Workspace) -> None:
    async def scene() -> None:
        made = SyntheticRun(workspace)
        made.append(300)  # every stream has a row
        async with running(workspace) as hub:
            queues = []
            for _ in range(3):
                viewer = hub.connect()
                assert viewer
                queues.append(await watch(viewer))
                viewer.subscribe([made.run.id])
            first = [await next_of(queue, "snapshot") for queue in queues]
            assert [f["step"] for f in first] == [300] * 3
            encoded = hub.feeds[made.run.path].encoded
            made.append(100)
            frames = [await asyncio.wait_for(queue.get(), 10) for queue in queues]
            assert frames[0] is frames[1] is frames[2], "encoded once, sent to all"
            assert decoded(frames[0])["type"] == "delta"
            assert decoded(frames[0])["step"] == 400
            assert hub.feeds[made.run.path].encoded == encoded + 1

    asyncio.run(scene())


def test_charts_are_told_what_only_the_training_loss_holds(workspace: Workspace) -> None:
    async def seen(made: SyntheticRun) -> Any:
        made.append(300)
        async with running(workspace) as hub:
            viewer = hub.connect()
            assert viewer
            queue = await watch(viewer)
            viewer.subscribe([made.run.id])
            return (await next_of(queue, "snapshot"))["meta"]["in_loss"]

    penalised = SyntheticRun(workspace, recipe={"regularise": {"l2": {}, "max_norm": {}, "gone": {}}})
    assert asyncio.run(seen(penalised)) == ["L2 penalty"]
    assert asyncio.run(seen(SyntheticRun(workspace))) == []
    page = standalone_html([penalised.run.id], workspace).decode()
    assert '"in_loss":["L2 penalty"]' in page


def test_a_reconnect_resumes_and_one_from_another_life_gets_a_snapshot(workspace: Workspace) -> None:
    async def scene() -> None:
        made = SyntheticRun(workspace)
        made.append(300)
        async with running(workspace) as hub:
            viewer = hub.connect()
            assert viewer
            queue = await watch(viewer)
            viewer.subscribe([made.run.id])
            seen = (await next_of(queue, "snapshot"))["seq"]
            for _ in range(3):
                made.append(10)
                seen_before, seen = seen, (await next_of(queue, "delta"))["seq"]
            back, stranger = hub.connect(), hub.connect()
            assert back
            assert stranger
            again, fresh = await watch(back), await watch(stranger)
            back.subscribe([made.run.id], {made.run.id: seen_before})
            stranger.subscribe([made.run.id], {made.run.id: "deadbeef-3"})
            assert (await next_of(again, "delta"))["seq"] == seen
            await next_of(fresh, "snapshot")
            while (await next_of(fresh, "delta"))["step"] != 330:
                pass

    asyncio.run(scene())


def test_a_viewer_that_fell_far_behind_gets_a_snapshot_not_a_backlog(workspace: Workspace) -> None:
    async def scene() -> None:
        made = SyntheticRun(workspace, spike=None, nan=None)
        made.append(300)
        async with running(workspace) as hub:
            fast, slow = hub.connect(), hub.connect()
            assert fast
            assert slow
            queue = await watch(fast)
            for viewer in (fast, slow):
                viewer.subscribe([made.run.id])
            frames = slow.frames()
            assert decoded(await anext(frames))["type"] == "snapshot"
            await next_of(queue, "snapshot")
            for _ in range(75):  # longer than the ring
                made.append(5)
                await next_of(queue, "delta")
            caught_up = decoded(await asyncio.wait_for(anext(frames), 10))
            assert caught_up["type"] == "snapshot"
            assert caught_up["step"] >= 300 + 5 * 55

    asyncio.run(scene())


def test_every_state_has_a_word(workspace: Workspace) -> None:
    async def scene() -> None:
        queued = workspace.create({"name": "Waiting"})
        queued.control.request()
        damaged = workspace.create({"name": "Broken"})
        damaged.database.write_bytes(b"no database" * 1000)
        made = SyntheticRun(workspace)
        made.append(30)
        async with running(workspace) as hub:
            viewer = hub.connect()
            assert viewer
            queue = await watch(viewer)
            viewer.subscribe([queued.id])
            status = (await next_of(queue, "status"))["status"]
            assert status["word"] == "queued"
            assert "slot" in status["next_action"]
            viewer.subscribe([damaged.id])
            assert "damaged" in (await next_of(queue, "error"))["message"]
            viewer.subscribe(["20200101-000000-nothing-abcdef"])
            assert "no run" in (await next_of(queue, "gone"))["message"]
            viewer.subscribe([made.run.id])
            await next_of(queue, "snapshot")
            workspace.trash(made.run.id)
            assert "deleted" in (await next_of(queue, "gone"))["message"]

    asyncio.run(scene())


def test_a_resumed_run_comes_as_a_new_snapshot(workspace: Workspace) -> None:
    async def scene() -> None:
        made = SyntheticRun(workspace, spike=None, nan=None)
        made.append(300)
        async with running(workspace) as hub:
            viewer = hub.connect()
            assert viewer
            queue = await watch(viewer)
            viewer.subscribe([made.run.id])
            await next_of(queue, "snapshot")
            made.open(from_step=100)
            made.append(20)
            found = await next_of(queue, "snapshot")
            while found["step"] != 120:
                found = await next_of(queue, "snapshot")
            assert found["surplus"]

    asyncio.run(scene())


def test_runs_nobody_looks_at_are_not_read(workspace: Workspace) -> None:
    async def scene() -> None:
        made = SyntheticRun(workspace)
        made.append(20)
        async with running(workspace) as hub:
            viewer = hub.connect()
            assert viewer
            queue = await watch(viewer)
            viewer.subscribe([made.run.id])
            await next_of(queue, "snapshot")
            hub.disconnect(viewer)
            await asyncio.sleep(5 * TICK)  # a poll under way may end
            encoded = hub.feeds[made.run.path].encoded
            made.append(20)
            await asyncio.sleep(10 * TICK)
            assert hub.feeds[made.run.path].encoded == encoded

    asyncio.run(scene())
