"""The memory of a class server over time: how much, what of it grows, and to where."""

from __future__ import annotations

from collections.abc import Sequence

from core.runtime.decimate import CAPACITY, MOST_PIECES
from core.runtime.run_feed import RING_BYTES
from core.runtime.series import read_all
from core.store.workspace import Run
from tools.classroom import ClassServer

FLAT_MIB = 3.0
"""Growth over the second half of the time that counts as none: less than the lines of the two runs may still take."""
POINT_BYTES = 12  # a step and a value
PIECE_BYTES = 300  # two small arrays


def memory_of(server: ClassServer) -> tuple[float, float]:
    """RSS and PSS of the server's process in MiB."""
    found = server.server().memory_full_info()
    return found.rss / 2**20, getattr(found, "pss", float("nan")) / 2**20


def histories(runs: Sequence[Run]) -> float:
    """The most that the server keeps of what these runs recorded, in MiB, however long they train: the points of each line,
    the arrays they are in until they are joined, and the last frames.
    """
    lines = sum(len(read_all(reader).tracks) for run in runs if (reader := run.reader()))
    return (lines * (CAPACITY * POINT_BYTES + MOST_PIECES * PIECE_BYTES) + len(runs) * RING_BYTES) / 2**20


def tell_memory(memory: Sequence[tuple[float, float, float]], bound: float) -> None:
    """Print the server's memory at quarters of the time, and whether it was flat over the second half."""
    quarters = [memory[round(share * (len(memory) - 1) / 4)] for share in range(5)]
    for at, rss, pss in quarters:
        print(f"  memory after {at:4.0f} s: RSS {rss:6.1f} MiB, PSS {pss:6.1f} MiB")
    grown = quarters[-1][1] - quarters[2][1]
    print(
        f"  grown over the second half: {grown:+.1f} MiB; {'flat' if grown <= FLAT_MIB else 'NOT flat'} "
        f"(at most {FLAT_MIB:g} MiB). What grows are the lines of viewed runs, to {bound:.1f} MiB in all and no further"
    )
