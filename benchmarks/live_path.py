"""What watching costs: opening a long run, and thirty browsers following one run that trains beside them.

The baseline, measured in the same run, is what each viewer would cost if every one had its own reader and encoder, as a
script that redraws per session has.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import tempfile
import time
from pathlib import Path

import psutil
import websockets

from core.recipe.codec import parse_recipe
from core.runtime import jobs
from core.runtime.documents import encode
from core.runtime.series import RunSeries, read_all
from core.store.status import run_status
from core.store.workspace import Run, Workspace
from tests.synthetic_run import SyntheticRun, wide_run
from tools.browser import Server, serving

VIEWERS = int(os.environ.get("BENCH_VIEWERS", "30"))
SECONDS = float(os.environ.get("BENCH_SECONDS", "10"))
OPENINGS = 7


def opening() -> None:
    """Time from nothing to the bytes of the first message, for 100,000 steps of 60 series."""
    with tempfile.TemporaryDirectory() as home:
        run = wide_run(Workspace(Path(home)), 100_000, 60)
        times = []
        for _ in range(OPENINGS):
            begun = time.perf_counter()
            reader = run.reader()
            assert reader is not None
            document = read_all(reader).snapshot(1_000)
            size = len(encode(document))
            times.append(time.perf_counter() - begun)
            reader.close()
        drawn = sum(len(points[0]) for points in document["series"].values())
    print(
        f"open a run of 100,000 steps x 60 series: median {1000 * statistics.median(times):.0f} ms, "
        f"worst {1000 * max(times):.0f} ms (n={OPENINGS}); {drawn:,} points, {size / 1024:.0f} KiB before compression"
    )


def training_run(home: Path) -> Run:
    """A real run that trains longer than the benchmark, through the server's own queue."""
    recipe = parse_recipe(
        {
            "name": "Benchmark",
            "data": {"key": "digits"},
            "model": {"depth": 8, "width": 128},
            "train": {"epochs": 50_000},
        }
    )
    run = jobs.start(Workspace(home), recipe)
    while run_status(run).state.get("step", 0) < 100:
        time.sleep(0.1)
    return run


async def viewer(url: str, run_id: str, stop_at: float, intervals: list[float], counts: list[int]) -> None:
    """One browser: subscribe, then note when updates come."""
    async with websockets.connect(url, max_size=2**24, compression=None) as socket:
        await socket.send(f'{{"subscribe": ["{run_id}"]}}')
        last, count = None, 0
        while (left := stop_at - time.monotonic()) > 0:
            try:
                await asyncio.wait_for(socket.recv(), left)
            except TimeoutError:
                break
            now = time.monotonic()
            if last is not None:
                intervals.append(now - last)
                count += 1
            last = now
        counts.append(count)


async def crowd(server: Server, run: Run) -> tuple[list[float], list[int]]:
    """All viewers at once."""
    url = server.url.replace("http", "ws") + "/api/live"
    intervals: list[float] = []
    counts: list[int] = []
    stop_at = time.monotonic() + SECONDS + 1
    await asyncio.gather(*(viewer(url, run.id, stop_at, intervals, counts) for _ in range(VIEWERS)))
    return intervals, counts


def following() -> None:
    """Thirty viewers of one training run."""
    with tempfile.TemporaryDirectory() as home, serving(Path(home)) as server:
        run = training_run(server.home)
        assert server.process is not None
        process = psutil.Process(server.process.pid)
        before, begun = process.cpu_times(), time.monotonic()
        first_step = run_status(run).state["step"]
        intervals, counts = asyncio.run(crowd(server, run))
        elapsed = time.monotonic() - begun
        after = process.cpu_times()
        trained = run_status(run).state["step"] - first_step
        run.control.send("stop")
    cpu = after.user + after.system - before.user - before.system
    updates = sum(counts)
    per_update = 1000 * cpu / max(updates, 1)
    print(
        f"{VIEWERS} viewers for {elapsed:.0f} s beside a run that trained {trained / elapsed:,.0f} steps/s:\n"
        f"  {updates / VIEWERS / SECONDS:.2f} updates/s each, interval p50 {1000 * statistics.median(intervals):.0f} ms, "
        f"p95 {1000 * statistics.quantiles(intervals, n=20)[-1]:.0f} ms\n"
        f"  server {100 * cpu / elapsed:.1f} % of a core, {per_update:.2f} ms CPU per viewer update (n={updates:,})"
    )
    each = own_encoding()
    print(f"  baseline, a reader and an encoder per viewer: {each:.2f} ms per update; ratio {per_update / each:.3f}")


def own_encoding() -> float:
    """CPU ms to read and encode the news of half a second for one viewer alone."""
    with tempfile.TemporaryDirectory() as home:
        made = SyntheticRun(Workspace(Path(home)), total_steps=100_000)
        made.append(2_000)
        reader = made.run.reader()
        assert reader is not None
        series, times = RunSeries(reader), []
        series.advance()
        for _ in range(40):
            made.append(250)
            begun = time.process_time()
            change = series.advance()
            encode({"status": {}, **(change or {})})
            times.append(time.process_time() - begun)
        reader.close()
    return 1000 * statistics.mean(times)


def main() -> None:
    """Run both."""
    opening()
    following()


if __name__ == "__main__":
    main()
